use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, ForeignKeyConstraint, Ident, ObjectName, ObjectType, Query,
    RenameTableNameKind, Statement as Parsed, TableConstraint, TableFactor, Visit, Visitor,
};

use crate::{Name, Statement, sort};

pub(crate) fn of(parsed: &Parsed) -> Statement {
    let mut reach = Reach::default();
    // It breaks off nowhere.
    let _ = parsed.visit(&mut reach);
    let Reach { tables, made, hidden, .. } = reach;
    Statement { sort: sort::of(parsed), tables, made, hidden }
}

#[derive(Default)]
struct Reach {
    tables: BTreeSet<Name>,
    made: BTreeSet<String>,
    hidden: BTreeSet<String>,
    /// The names that the queries around here have given to their parts, by query.
    scopes: Vec<BTreeSet<String>>,
    /// A table-valued function, whose name comes next.
    function: Option<ObjectName>,
}

impl Visitor for Reach {
    type Break = Infallible;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Infallible> {
        let parts = query.with.iter().flat_map(|with| &with.cte_tables);
        let names: BTreeSet<String> = parts.map(|part| folded(&part.alias.name)).collect();
        self.hidden.extend(names.iter().cloned());
        self.scopes.push(names);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Infallible> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Infallible> {
        if let TableFactor::Table { name, args: Some(_), .. } = factor {
            self.function = Some(name.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Infallible> {
        if self.function.take().as_ref() != Some(relation) {
            self.name(relation);
        }
        ControlFlow::Continue(())
    }

    /// What the parser's own walk passes over.
    fn pre_visit_statement(&mut self, statement: &Parsed) -> ControlFlow<Infallible> {
        match statement {
            Parsed::CreateTable(create) => {
                self.make(&create.name);
                create.columns.iter().for_each(|column| self.column(column));
                create.constraints.iter().for_each(|constraint| self.constraint(constraint));
            }
            Parsed::CreateView(create) => self.make(&create.name),
            Parsed::AlterTable(alter) => alter.operations.iter().for_each(|operation| self.alter(operation)),
            Parsed::Drop { object_type: ObjectType::Table | ObjectType::View, names, .. } => {
                names.iter().for_each(|name| self.name(name));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Reach {
    fn name(&mut self, object: &ObjectName) {
        let mut parts = object.0.iter().rev().filter_map(|part| part.as_ident()).map(folded);
        let Some(table) = parts.next() else { return };
        let schema = parts.next();
        if schema.is_some() || !self.scopes.iter().any(|names| names.contains(&table)) {
            self.tables.insert(Name { schema, table });
        }
    }

    fn make(&mut self, object: &ObjectName) {
        self.name(object);
        self.made.extend(object.0.last().and_then(|part| part.as_ident()).map(folded));
    }

    fn alter(&mut self, operation: &AlterTableOperation) {
        match operation {
            AlterTableOperation::AddConstraint { constraint, .. } => self.constraint(constraint),
            AlterTableOperation::AddColumn { column_def, .. } => self.column(column_def),
            AlterTableOperation::RenameTable {
                table_name: RenameTableNameKind::As(name) | RenameTableNameKind::To(name),
            } => self.make(name),
            _ => {}
        }
    }

    fn column(&mut self, column: &ColumnDef) {
        for option in &column.options {
            if let ColumnOption::ForeignKey(key) = &option.option {
                self.foreign_key(key);
            }
        }
    }

    fn constraint(&mut self, constraint: &TableConstraint) {
        if let TableConstraint::ForeignKey(key) = constraint {
            self.foreign_key(key);
        }
    }

    fn foreign_key(&mut self, key: &ForeignKeyConstraint) {
        self.name(&key.foreign_table);
    }
}

fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}
