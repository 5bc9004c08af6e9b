use sqlparser::ast::{ObjectType, Statement};

use crate::Sort;

pub(crate) fn of(statement: &Statement) -> Sort {
    match statement {
        Statement::Query(_) | Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => {
            Sort::Rows
        }
        Statement::CreateTable(_) | Statement::CreateIndex(_) | Statement::CreateView(_) => Sort::Shape,
        Statement::AlterTable(_) => Sort::Shape,
        Statement::Drop { object_type: ObjectType::Table | ObjectType::View | ObjectType::Index, .. } => {
            Sort::Shape
        }
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. }
        | Statement::Set(_)
        | Statement::Pragma { .. }
        | Statement::LISTEN { .. }
        | Statement::UNLISTEN { .. }
        | Statement::NOTIFY { .. } => Sort::Session,
        other => Sort::Other(first_words(&other.to_string())),
    }
}

/// Enough to say what it is.
fn first_words(sql: &str) -> String {
    sql.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}
