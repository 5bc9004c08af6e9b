use std::fmt;

/// What always holds.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    pub says: &'static str,
    /// What to do where it does not hold.
    pub mend: &'static str,
    /// The anti-pattern that breaking it amounts to, if it has a name.
    pub anti_pattern: Option<&'static str>,
}

/// What breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub rule: &'static Rule,
    pub found: String,
}

impl Rule {
    pub const fn new(says: &'static str, mend: &'static str) -> Rule {
        Rule { says, mend, anti_pattern: None }
    }

    pub const fn against(self, anti_pattern: &'static str) -> Rule {
        Rule { anti_pattern: Some(anti_pattern), ..self }
    }

    pub fn broken(&'static self, found: impl Into<String>) -> Violation {
        Violation { rule: self, found: found.into() }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says)?;
        self.anti_pattern.map_or(Ok(()), |name| write!(f, " (anti-pattern: {name})"))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; the rule: {}", self.found, self.rule)
    }
}
