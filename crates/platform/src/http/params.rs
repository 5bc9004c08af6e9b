//! Paths, query parameters and preconditions.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest, web};
use kernel::{Limit, PageRequest};
use serde::de::DeserializeOwned;

use super::{FieldError, Problem, kinds};

/// Query parameters of exactly the schema asked for; others are refused with 422.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Params<T> {
    type Error = Problem;
    type Future = Ready<Result<Params<T>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Params))
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if let Some(pair) = query.split('&').find(|pair| pair.contains("%00")) {
        return Err(parameter(&name_of(pair), "text must not contain U+0000"));
    }
    let alone = |query: &str| web::Query::<T>::from_query(query);
    alone(query).map(web::Query::into_inner).map_err(|error| {
        // The error says what is wrong but not where: with the pair that by itself is as wrong as the whole.
        let words = error.to_string();
        let same = |pair: &&str| alone(pair).is_err_and(|error| error.to_string() == words);
        let name = query.split('&').find(same).map(name_of).or_else(|| twice(query));
        parameter(&name.unwrap_or_default(), words)
    })
}

fn twice(query: &str) -> Option<String> {
    let mut seen = BTreeSet::new();
    query.split('&').map(name_of).find(|name| !seen.insert(name.clone()))
}

/// The name in `name=value`, decoded.
pub(super) fn name_of(pair: &str) -> String {
    let decoded = web::Query::<Vec<(String, String)>>::from_query(pair).map(web::Query::into_inner);
    decoded.ok().and_then(|pairs| pairs.into_iter().next()).map(|(name, _)| name).unwrap_or_default()
}

pub(super) fn parameter(name: &str, detail: impl Display) -> Problem {
    Problem::of(&kinds::VALIDATION).errors([FieldError::new(name, "parameter").detail(detail.to_string())])
}

/// The page that `limit` and `cursor` ask for.
///
/// # Errors
/// 422 when the limit is not 1 to 100 or the cursor is none of ours.
pub fn page_request<C: FromStr>(limit: Option<u32>, cursor: Option<&str>) -> Result<PageRequest<C>, Problem>
where
    C::Err: Display,
{
    let limit = match limit {
        Some(limit) => Limit::try_new(limit).map_err(|error| parameter("limit", error))?,
        None => Limit::default(),
    };
    let after =
        cursor.map(C::from_str).transpose().map_err(|_| parameter("cursor", "not a cursor of this list"))?;
    Ok(PageRequest { limit, after })
}

/// One segment of the path, percent-decoded.
pub type PathSegment = web::Path<String>;

/// # Errors
/// 400 when the segment is not a `T`.
pub fn parse_path<T: FromStr>(segment: &str) -> Result<T, Problem>
where
    T::Err: Display,
{
    segment.parse().map_err(|error: T::Err| Problem::new(&kinds::MALFORMED_PATH, error))
}

/// The version that `If-Match` asks for, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// No precondition, or `*`.
    Any,
    /// One of these strong tags must be current.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// # Errors
    /// 412 when `current` is not what the client saw.
    pub fn check(&self, current: i64) -> Result<(), Problem> {
        match self {
            IfMatch::Versions(seen) if !seen.contains(&current) => {
                Err(Problem::new(&kinds::STALE, format_args!("the current version is {current}")))
            }
            _ => Ok(()),
        }
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<IfMatch, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(header) = request.headers().get(IF_MATCH) else { return ready(Ok(IfMatch::Any)) };
        let text = header.to_str().unwrap_or_default();
        ready(Ok(if text.trim() == "*" { IfMatch::Any } else { IfMatch::Versions(strong_tags(text)) }))
    }
}

/// Weak tags, and tags that we never gave, match nothing, RFC 9110 §13.1.1.
fn strong_tags(list: &str) -> Vec<i64> {
    list.split(',').filter_map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{IfMatch, read, strong_tags};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        limit: Option<u32>,
        q: Option<String>,
    }

    #[test]
    fn a_parameter_at_fault_is_named() {
        let good: Page = read("q=a%26b&limit=1").unwrap();
        assert_eq!((good.limit, good.q.as_deref()), (Some(1), Some("a&b")));
        for (query, name) in [
            ("limit=ten", "limit"),
            ("q=x&limit=", "limit"),
            ("limit=1&q=x&limit=2", "limit"),
            ("limit=1&limit=ten", "limit"),
            ("q=a%00", "q"),
            ("limit=1&a%20b=1", "a b"),
        ] {
            let problem = read::<Page>(query).unwrap_err();
            let rendered = String::from_utf8(problem.render("", "")).unwrap();
            assert!(rendered.contains(&format!(r#""pointer":"{name}""#)), "{query}: {rendered}");
        }
    }

    #[test]
    fn weak_and_foreign_tags_match_nothing() {
        assert_eq!(strong_tags(r#""3", W/"4", "x", "5""#), [3, 5]);
        assert!(IfMatch::Versions(vec![]).check(3).is_err());
        assert!(IfMatch::Versions(vec![3]).check(3).is_ok());
        assert!(IfMatch::Any.check(3).is_ok());
    }
}
