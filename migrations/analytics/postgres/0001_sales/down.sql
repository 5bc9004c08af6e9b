DROP TABLE customer_groups;
DROP TABLE product_versions;
DROP TABLE skus;
DROP TABLE sums;
DROP TABLE sale_refunds;
DROP TABLE sale_lines;
DROP TABLE sales;
DROP TABLE generation;
