-- A code, such as 'wholesale': `group` itself is a word of SQL.
ALTER TABLE customers ADD COLUMN customer_group TEXT;
