use std::fmt;

use ownership::{Rule, Violation};

/// What was checked, and what was found.
#[derive(Debug, Default)]
pub struct Report {
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    title: &'static str,
    rules: Vec<&'static Rule>,
    violations: Vec<Violation>,
}

impl Report {
    /// Adds what was found against these rules.
    pub(super) fn add(
        &mut self,
        title: &'static str,
        rules: impl IntoIterator<Item = &'static Rule>,
        violations: Vec<Violation>,
    ) {
        self.sections.push(Section { title, rules: rules.into_iter().collect(), violations });
    }

    pub(super) fn append(&mut self, other: Report) {
        self.sections.extend(other.sections);
    }

    pub fn violations(&self) -> usize {
        self.sections.iter().map(|section| section.violations.len()).sum()
    }

    pub fn is_sound(&self) -> bool {
        self.violations() == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sections.iter().try_for_each(|section| section.fmt(f))
    }
}

impl fmt::Display for Section {
    /// A line per rule; below one that is broken, what breaks it and how to mend that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for rule in &self.rules {
            let found: Vec<&Violation> = self.violations.iter().filter(|it| it.rule == *rule).collect();
            if found.is_empty() {
                writeln!(f, "  ok  {}", rule.says)?;
                continue;
            }
            writeln!(f, "  ✗   {rule}")?;
            for Violation { found, .. } in found {
                writeln!(f, "        {found}")?;
            }
            writeln!(f, "      to mend it: {}", rule.mend)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static HOLDS: Rule = Rule::new("what holds", "nothing to do");
    static BROKEN: Rule = Rule::new("what does not", "leave it be").against("shared database");

    #[test]
    fn a_report_says_what_breaks_a_rule_and_how_to_mend_it() {
        let mut report = Report::default();
        report.add("Tables", [&HOLDS, &BROKEN], vec![BROKEN.broken("orders"), BROKEN.broken("products")]);
        assert!(!report.is_sound());
        let expected = "Tables\n  ok  what holds\n  ✗   what does not (anti-pattern: shared database)\n        \
             orders\n        products\n      to mend it: leave it be\n";
        assert_eq!(report.to_string(), expected);
    }
}
