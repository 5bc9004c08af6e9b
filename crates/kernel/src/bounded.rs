/// A request that states how much it may ask for.
///
/// Every request of a [`module_api!`](crate::module_api) is one, so no caller can make a module load or lock
/// without limit; one that carries more is refused as [`Incompatible`](crate::ApiError::Incompatible) before
/// the module sees it.
///
/// ```
/// struct Reserve {
///     lines: Vec<(kernel::Sku, u32)>,
/// }
///
/// impl kernel::Bounded for Reserve {
///     const MAX_ITEMS: usize = 100;
///
///     fn items(&self) -> usize {
///         self.lines.len()
///     }
/// }
/// ```
pub trait Bounded {
    /// The most items that one request may carry; 1 if it is about a single thing.
    const MAX_ITEMS: usize;

    /// How many items this request carries.
    fn items(&self) -> usize;
}
