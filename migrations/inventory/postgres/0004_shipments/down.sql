DROP TABLE shipped_lines;
