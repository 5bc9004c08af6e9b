ALTER TABLE customers DROP COLUMN customer_group;
