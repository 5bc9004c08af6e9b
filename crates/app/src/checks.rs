//! Whether the stored data are as they are promised to be, and as private.

mod boundaries;

use std::time::Duration;

use anyhow::Context;
use kernel::CallCtx;
use platform::Violation;
use platform::events::audit;

use crate::config::operator;
use crate::manifest;
use crate::wiring::Modules;

/// One million orders take a while.
const BUDGET: Duration = Duration::from_secs(15 * 60);

/// Tells `progress` what was checked, and how much was found there.
pub(crate) async fn invariants(
    modules: &Modules,
    progress: impl Fn(&str, usize) + Copy,
) -> anyhow::Result<Vec<Violation>> {
    let (cx, manifest) = (cx(), manifest::of_rules()?);
    let mut violations = Vec::new();
    let mut add = |what: &str, found: Vec<Violation>| {
        progress(what, found.len());
        violations.extend(found);
    };
    for module in &modules.here {
        let name = module.name();
        let context = || format!("cannot check {name}");
        add(name, module.check(&cx).await.with_context(context)?);
        add(
            &format!("{name}'s event log"),
            module.store().read(&cx, audit::check).await.with_context(context)?,
        );
        add(&format!("{name}'s boundaries"), boundaries::of(module.as_ref(), &manifest, &cx).await?);
    }
    for subscription in modules.subscriptions() {
        let name = subscription.subscription().name();
        add(name, subscription.check().await.with_context(|| format!("cannot check {name}"))?);
    }
    violations.extend(copies(modules, false, progress).await?);
    Ok(violations)
}

/// Compares every copy with its owner, and says which differ; makes those anew from the owner if asked to.
pub(crate) async fn copies(
    modules: &Modules,
    repair: bool,
    progress: impl Fn(&str, usize),
) -> anyhow::Result<Vec<Violation>> {
    let (cx, mut violations) = (cx(), Vec::new());
    for copies in modules.copies() {
        let name = copies.name();
        let found = copies.compare(&cx, repair).await.with_context(|| format!("cannot compare {name}"))?;
        progress(name, found.len());
        violations.extend(found);
    }
    Ok(violations)
}

fn cx() -> CallCtx {
    let mut cx = CallCtx::system("check", BUDGET);
    cx.principal = operator("check");
    cx
}
