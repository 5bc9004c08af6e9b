//! Which changes of a shape are compatible.
//!
//! A message is read by a process that may be older or younger than the one that wrote it. Unknown fields are ignored, unless
//! the type is closed (`deny_unknown_fields`). Names of an enum that a reader does not know are refused by it: Rust's enums
//! are closed, and an unknown refusal or status is nothing to guess about. So a *request* may be allowed more than before,
//! as modules are upgraded before those who call them, and a *reply* or an *event* may say more but not otherwise. What an older
//! module replies, and what a log has from years ago, must stay readable too.

/// Who may be older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// The writer: the new shape reads what was written in the old one.
    Inbound,
    /// The reader: what is written in the new shape is read by the old one.
    Outbound,
}

/// What became of a shape at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    FieldAdded {
        /// Whether it is always there.
        required: bool,
        /// Whether those who do not know it ignore it.
        ignored: bool,
    },
    FieldRemoved,
    /// It was optional.
    FieldRequired,
    /// It was always there.
    FieldOptional,
    /// Of an enum; `null` is a value too.
    ValueAdded(String),
    ValueRemoved(String),
    Narrowed(String),
    Widened(String),
    /// Unknown fields are refused.
    Closed,
    /// Unknown fields are ignored.
    Opened,
    /// It is something else now.
    Replaced(String),
}

impl Change {
    pub(super) fn is_compatible(&self, direction: Direction) -> bool {
        let inbound = direction == Direction::Inbound;
        match self {
            Change::FieldAdded { required, ignored } => {
                if inbound {
                    !required
                } else {
                    *ignored
                }
            }
            Change::FieldRemoved | Change::Replaced(_) => false,
            Change::FieldRequired | Change::ValueRemoved(_) | Change::Narrowed(_) | Change::Closed => {
                !inbound
            }
            Change::FieldOptional | Change::ValueAdded(_) | Change::Widened(_) => inbound,
            Change::Opened => true,
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Change::FieldAdded { required: true, .. } => "a required field is new".to_owned(),
            Change::FieldAdded { required: false, .. } => "an optional field is new".to_owned(),
            Change::FieldRemoved => "the field is gone".to_owned(),
            Change::FieldRequired => "the field is required now".to_owned(),
            Change::FieldOptional => "the field may be absent now".to_owned(),
            Change::ValueAdded(value) => format!("the value {value} is new"),
            Change::ValueRemoved(value) => format!("the value {value} is gone"),
            Change::Narrowed(bound) => format!("{bound} is narrower"),
            Change::Widened(bound) => format!("{bound} is wider"),
            Change::Closed => "unknown fields are refused now".to_owned(),
            Change::Opened => "unknown fields are ignored now".to_owned(),
            Change::Replaced(how) => how.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: &Change) -> (bool, bool) {
        (change.is_compatible(Direction::Inbound), change.is_compatible(Direction::Outbound))
    }

    #[test]
    fn a_request_may_be_allowed_more_and_a_reply_may_say_more() {
        let added = |required, ignored| told(&Change::FieldAdded { required, ignored });
        assert_eq!(added(false, true), (true, true));
        assert_eq!(added(true, true), (false, true), "older writers do not write it");
        assert_eq!(added(false, false), (true, false), "older readers refuse what they do not know");
        assert_eq!(told(&Change::ValueAdded("x".into())), (true, false));
        assert_eq!(told(&Change::Widened("x".into())), (true, false));
        assert_eq!(told(&Change::FieldOptional), (true, false));
    }

    #[test]
    fn what_is_taken_away_harms_whoever_still_uses_it() {
        assert_eq!(told(&Change::ValueRemoved("x".into())), (false, true));
        assert_eq!(told(&Change::Narrowed("x".into())), (false, true));
        assert_eq!(told(&Change::FieldRequired), (false, true));
        assert_eq!(told(&Change::Closed), (false, true));
        assert_eq!(told(&Change::Opened), (true, true));
        assert_eq!(told(&Change::FieldRemoved), (false, false));
        assert_eq!(told(&Change::Replaced("x".into())), (false, false));
    }
}
