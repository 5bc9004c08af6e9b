use std::collections::BTreeMap;

use super::map::Map;

/// Modules in the order in which they are to be upgraded, those of one step in any order: whoever is called comes before
/// those who call it. Calls have no cycle, which `cargo xtask arch` sees to; what is in one would be left out.
pub(super) fn steps(map: &Map) -> Vec<Vec<&str>> {
    let mut left: BTreeMap<&str, Vec<&str>> = map
        .modules()
        .map(|owned| (owned.module.as_str(), owned.calls.iter().map(String::as_str).collect()))
        .collect();
    let mut steps = Vec::new();
    loop {
        let is_free = |calls: &Vec<&str>| !calls.iter().any(|callee| left.contains_key(callee));
        let free: Vec<&str> =
            left.iter().filter(|(_, calls)| is_free(calls)).map(|(module, _)| *module).collect();
        if free.is_empty() {
            return steps;
        }
        left.retain(|module, _| !free.contains(module));
        steps.push(free);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_called_comes_first() {
        assert_eq!(steps(&Map::example()), [vec!["catalog"], vec!["order"], vec!["mail"]]);
    }
}
