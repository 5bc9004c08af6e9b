-- Messages to those who are to log in.
ALTER TABLE messages DROP CONSTRAINT messages_recipient_check;
ALTER TABLE messages ADD CONSTRAINT messages_recipient_check CHECK (recipient IN ('customer', 'shop', 'account'));
