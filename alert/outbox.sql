-- The outbox: mails that are owed. A mail is here from the moment its cause was read from the ledger until the server has
-- taken it, whatever dies in between. Written by vigie-alerter alone; others may read.
--
-- `PRAGMA application_id` is 0x7667616f ("vgao"), `PRAGMA user_version` the number of migrations the file has been
-- through; this file is the first.

-- How far each ledger was read; moved in the transaction that adds the mails.
CREATE TABLE place (
  identity TEXT    PRIMARY KEY,   -- of the ledger, 16 hexadecimal digits
  sequence INTEGER NOT NULL       -- the last record dealt with
) STRICT, WITHOUT ROWID;

-- The state an instance was last mailed about, so that a fault nobody wants to hear of does not repeat it. Also under
-- "group NAME" of a sync group, and under "condition KIND NAME" whether mails told that a condition began, when, and which
-- record of its coming again waits to be told (alert/conditions.hpp).
CREATE TABLE told (
  identity TEXT    NOT NULL,
  instance TEXT    NOT NULL,
  state    TEXT    NOT NULL,
  PRIMARY KEY (identity, instance)
) STRICT, WITHOUT ROWID;

-- One row per recipient. The server's yes removes it. AUTOINCREMENT: the number of a mail is never given to another one.
CREATE TABLE mail (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  identity    TEXT    NOT NULL,
  sequence    INTEGER NOT NULL,
  recipient   TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  message     TEXT    NOT NULL,            -- headers and body, ready to be sent; the same at every attempt
  created_ns  INTEGER NOT NULL,            -- wall clock
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_try_ns INTEGER NOT NULL,            -- wall clock
  last_code   INTEGER,                     -- the server's last answer; 0: it could not be reached
  last_text   TEXT,
  given_up    INTEGER NOT NULL DEFAULT 0,  -- 1: will not be tried again, kept for a month so that somebody can see it
  UNIQUE (identity, sequence, recipient)
) STRICT;

CREATE INDEX mail_waiting ON mail (recipient, id) WHERE given_up = 0;
