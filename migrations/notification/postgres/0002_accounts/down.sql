-- Nobody reads them any more.
DELETE FROM messages WHERE recipient = 'account';
ALTER TABLE messages DROP CONSTRAINT messages_recipient_check;
ALTER TABLE messages ADD CONSTRAINT messages_recipient_check CHECK (recipient IN ('customer', 'shop'));
