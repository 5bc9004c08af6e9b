use super::*;
use crate::bench::figure::Latency;

fn figures() -> Figures {
    let mut figures = Figures::default();
    let orders = figures.figure("orders", "orders/s", Aim::RatioAtLeast(1.5));
    orders.values = vec![9000.0, 12000.0, 10500.4];
    orders.references = vec![5000.0, 5000.0, 5000.0];
    orders.latencies = vec![Latency { median: 3.0, p99: 9.0 }];
    orders.unexpected.insert(503, 7);
    figures.figure("start", "ms", Aim::AtMost(300.0)).values = vec![450.0];
    figures.figure("reads", "requests/s", Aim::RatioAtLeast(0.5)).values = vec![40.0];
    figures.all[2].references = vec![100.0];
    figures
}

#[test]
fn each_figure_is_judged() {
    let rows: Vec<String> = figures().all.iter().map(row).collect();
    assert_eq!(
        rows,
        [
            "| orders | 10,500 (9,000–12,000) orders/s | 3.0 / 9.0 ms | 5,000 | 2.10 (1.80–2.40) | ≥ 1.5 | met |\n",
            "| start | 450 ms | – | – | – | ≤ 300 ms | **missed**: 1.50 × too much |\n",
            "| reads | 40.0 requests/s | – | 100 | 0.40 | ≥ 0.5 | **missed**: 80 % of the aim |\n",
        ]
    );
}

#[test]
fn refused_orders_are_told() {
    let args = Args {
        seconds: 10,
        rounds: 3,
        growth: 0,
        skip_growth: true,
        reports: None,
        apart: false,
        no_write: true,
        bin: None,
    };
    assert!(
        markdown(&figures(), "a machine", &args).ends_with("Unexpected replies at \"orders\": 7 × 503.\n")
    );
}

#[test]
fn numbers_are_grouped() {
    assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
}

#[test]
fn only_what_is_between_the_markers_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("benchmarks.md");
    write(&path, "| 1 |\n").unwrap();
    let page = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{page}\nA remark.\n")).unwrap();
    write(&path, "| 2 |\n").unwrap();
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("# Benchmarks") && page.ends_with("\nA remark.\n"));
    assert!(page.contains("| 2 |") && !page.contains("| 1 |"));

    fs::write(&path, "no markers").unwrap();
    assert!(write(&path, "| 3 |\n").is_err());
}
