//! The graph of modules as SVG: a row per step of an upgrade, whoever is called below those who call it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::map::Map;
use super::order;

const WIDTH: i32 = 130;
const HEIGHT: i32 = 40;
/// Between the centres of two neighbours, and of two rows.
const STEP: (i32, i32) = (190, 130);
const STYLE: &str = "<style>text { font: 15px sans-serif; text-anchor: middle; dominant-baseline: central }\
    rect { fill: #fff; stroke: #333 } path { fill: none; stroke: #333; marker-end: url(#tip) }\
    .hears { stroke: #2a7ab0; stroke-dasharray: 5 4 }</style>\
    <marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
    <path d=\"M0 0 8 4 0 8z\" style=\"fill: #333; stroke: none; marker-end: none\"/></marker>";

/// The centre of a module's box.
type Place = (i32, i32);

pub(super) fn svg(map: &Map) -> String {
    let rows = order::steps(map);
    let (columns, count) = (rows.iter().map(Vec::len).max().unwrap_or(0), rows.len());
    let (width, height) = (measure(columns, STEP.0), measure(count, STEP.1));
    let places = places(&rows, width, height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Who needs whom\">\n\
         {STYLE}\n<rect width=\"{width}\" height=\"{height}\" style=\"stroke: none\"/>\n"
    );
    for owned in map.modules() {
        let to = |names: &'_ [String]| {
            names.iter().filter_map(|name| places.get(name.as_str()).copied()).collect::<Vec<_>>()
        };
        let Some(own) = places.get(owned.module.as_str()).copied() else { continue };
        to(&owned.calls).into_iter().for_each(|callee| arrow(&mut svg, "calls", own, callee, -12));
        to(&owned.listens).into_iter().for_each(|source| arrow(&mut svg, "hears", source, own, 12));
    }
    for (name, (x, y)) in &places {
        let (left, top) = (x - WIDTH / 2, y - HEIGHT / 2);
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/><text x=\"{x}\" y=\"{y}\">{name}</text>"
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn measure(count: usize, step: i32) -> i32 {
    i32::try_from(count).unwrap_or(0).saturating_mul(step)
}

fn places<'a>(rows: &[Vec<&'a str>], width: i32, height: i32) -> BTreeMap<&'a str, Place> {
    let mut places = BTreeMap::new();
    let mut y = height - STEP.1 / 2;
    for row in rows {
        let mut x = (width - measure(row.len(), STEP.0)) / 2 + STEP.0 / 2;
        for module in row {
            places.insert(*module, (x, y));
            x += STEP.0;
        }
        y -= STEP.1;
    }
    places
}

/// From box to box, a little aside, so that two arrows between the same boxes can be told apart.
fn arrow(svg: &mut String, class: &str, from: Place, to: Place, aside: i32) {
    let towards = (to.1 - from.1).signum();
    let path = if towards == 0 {
        let (side, y) = ((to.0 - from.0).signum() * WIDTH / 2, from.1 + aside);
        let bow = y + 3 * aside;
        let (start, end) = (from.0 + side, to.0 - side);
        format!("M{start} {y}C{start} {bow} {end} {bow} {end} {y}")
    } else {
        let (start, end) = (from.1 + towards * HEIGHT / 2, to.1 - towards * HEIGHT / 2);
        let (x, z, middle) = (from.0 + aside, to.0 + aside, (start + end) / 2);
        format!("M{x} {start}C{x} {middle} {z} {middle} {z} {end}")
    };
    let _ = writeln!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_a_box_and_every_need_an_arrow() {
        let svg = svg(&Map::example());
        for (what, count) in [("<text", 3), ("class=\"calls\"", 2), ("class=\"hears\"", 1)] {
            assert_eq!(svg.matches(what).count(), count, "{what} in {svg}");
        }
    }

    #[test]
    fn whoever_is_called_is_below() {
        let places = places(&[vec!["catalog", "stock"], vec!["order"]], 380, 260);
        assert!(places["catalog"].1 > places["order"].1);
        assert!(places["catalog"].0 < places["order"].0 && places["order"].0 < places["stock"].0);
    }
}
