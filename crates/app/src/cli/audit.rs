//! `holdfast audit`: who did what to whom.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use identity::AuditEnd;

use super::operator_cx;
use crate::wiring::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Verify that no entry of the audit log was changed or removed; print where it ends, to be kept elsewhere
    Verify {
        /// What an earlier verification printed, SEQ:DIGEST: the log must still have it
        #[arg(long, value_name = "SEQ:DIGEST")]
        kept: Option<String>,
    },
}

pub(super) async fn run(modules: &Modules, command: Audit) -> anyhow::Result<ExitCode> {
    if !modules.lives_here("identity") {
        bail!("identity lives in another process; verify its audit log there");
    }
    let Audit::Verify { kept } = command;
    let kept = kept.as_deref().map(parse).transpose()?;
    let (mut faults, AuditEnd { seq, digest }) =
        modules.identity.verify_audit_log(&operator_cx("audit")).await?;
    if let Some((seq, known)) = kept {
        let found = modules.identity.audit_digest(&operator_cx("audit"), seq).await?;
        if found.as_deref() != Some(&known) {
            faults.push(format!("entry {seq} is another one than it was"));
        }
    }
    for fault in &faults {
        println!("{fault}");
    }
    println!("The audit log ends at {}:{}", seq, digest);
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parse(kept: &str) -> anyhow::Result<(i64, String)> {
    match kept.split_once(':').map(|(seq, digest)| (seq.parse(), digest)) {
        Some((Ok(seq), digest)) => Ok((seq, digest.to_owned())),
        _ => bail!("--kept: give what was printed, such as 42:9f86d081…"),
    }
}
