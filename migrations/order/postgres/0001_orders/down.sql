DROP TABLE order_saga;
DROP TABLE order_number;
DROP TABLE order_lines;
DROP TABLE orders;
