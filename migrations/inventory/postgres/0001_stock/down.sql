DROP TABLE stock_ledger;
DROP TABLE hold_lines;
DROP TABLE holds;
DROP TABLE stock_levels;
DROP TABLE stock_items;
