//! The rules of a category in its tree. Nothing here does I/O: what is, and when, arrives as arguments.

use kernel::Timestamp;
use reference_api::{Category, CategoryEvent};

use crate::error::Error;
use crate::tree::Tree;

pub(crate) const LONGEST_CODE: usize = 64;
/// Codes that a shop gives in all its life.
pub(crate) const MOST_CODES: usize = 5_000;
pub(crate) const MOST_LEVELS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewCategory {
    pub code: String,
    pub title: String,
    pub parent: Option<String>,
    /// Behind its siblings if `None`.
    pub position: Option<i32>,
}

/// What a PATCH asks for. An absent field stays; a null parent moves it to the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CategoryPatch {
    pub title: Option<String>,
    pub parent: Option<Option<String>>,
    pub position: Option<i32>,
}

/// A category with a code that is free: never given, or its own from before it was removed.
pub(crate) fn create(tree: &Tree, new: &NewCategory, now: Timestamp) -> Result<Category, Error> {
    if tree.get(&new.code).is_some() {
        return Err(Error::CategoryTaken(new.code.clone()));
    }
    let former = tree.node(&new.code);
    if former.is_none() && tree.len() >= MOST_CODES {
        return Err(Error::TooManyCategories);
    }
    let parent = new.parent.as_deref();
    fits(tree, &new.code, 1, parent)?;
    Ok(Category {
        code: new.code.clone(),
        title: new.title.clone(),
        parent: new.parent.clone(),
        position: new.position.unwrap_or_else(|| tree.end(parent)),
        version: former.map_or(1, |former| former.category.version.saturating_add(1)),
        created_at: now,
        updated_at: now,
    })
}

/// Applies a patch, one event per version. Nothing if it asks for what is so already.
pub(crate) fn update(
    tree: &Tree,
    category: &mut Category,
    patch: &CategoryPatch,
    now: Timestamp,
) -> Result<Vec<CategoryEvent>, Error> {
    let mut events = Vec::new();
    if let Some(title) = patch.title.as_ref().filter(|title| **title != category.title) {
        category.title.clone_from(title);
        touch(category, now);
        events.push(CategoryEvent::Renamed { category: category.clone() });
    }
    let parent = patch.parent.clone().unwrap_or_else(|| category.parent.clone());
    let moves = parent != category.parent;
    if moves {
        fits(tree, &category.code, tree.height(&category.code), parent.as_deref())?;
    }
    let stays = if moves { tree.end(parent.as_deref()) } else { category.position };
    let position = patch.position.unwrap_or(stays);
    if moves || position != category.position {
        (category.parent, category.position) = (parent, position);
        touch(category, now);
        events.push(CategoryEvent::Moved { category: category.clone() });
    }
    Ok(events)
}

/// Takes a category out of the tree, which it must not leave in two parts.
pub(crate) fn remove(tree: &Tree, category: &mut Category, now: Timestamp) -> Result<CategoryEvent, Error> {
    if let Some(child) = tree.children(Some(&category.code)).next() {
        return Err(Error::CategoryHasChildren { code: category.code.clone(), child: child.to_owned() });
    }
    touch(category, now);
    Ok(CategoryEvent::Removed { category: category.clone() })
}

/// Whether a subtree of this height may hang below `parent`.
fn fits(tree: &Tree, code: &str, height: usize, parent: Option<&str>) -> Result<(), Error> {
    let Some(parent) = parent else { return Ok(()) };
    if tree.get(parent).is_none() {
        return Err(Error::UnknownParent(parent.to_owned()));
    }
    let path = tree.path(parent);
    if path.iter().any(|above| above == code) {
        return Err(Error::CategoryCycle { code: code.to_owned(), parent: parent.to_owned() });
    }
    if path.len().saturating_add(height) > MOST_LEVELS {
        return Err(Error::CategoryTooDeep);
    }
    Ok(())
}

fn touch(category: &mut Category, now: Timestamp) {
    category.version = category.version.saturating_add(1);
    category.updated_at = now;
}

#[cfg(test)]
mod tests;
