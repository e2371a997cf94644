-- The history of one router: every event the engine recorded, once, in order, with its cause.
--
-- Written by vigie-recorder alone, from the ledger. Anybody may read: `vigie history`, or any SQLite client opened
-- read-only (sqlite3 -readonly history.db "SELECT * FROM transition"). Reading never holds the recorder up for long, and
-- the recorder never holds up the engine.
--
-- STRICT tables need SQLite 3.37 or later. `PRAGMA application_id` is 0x76676864 ("vghd"), `PRAGMA user_version` the
-- number of migrations the file has been through; this file is the first.

-- How far each ledger was read. A ledger lives in /run and ends with a reboot; the next one has another identity and
-- counts from 1 again. The place is moved in the transaction that writes the rows, so that a recorder killed at any
-- moment loses none and repeats none.
CREATE TABLE place (
  ledger   INTEGER PRIMARY KEY,    -- a short name for the identity, used by event.ledger
  identity TEXT    NOT NULL UNIQUE,  -- 16 hexadecimal digits
  boot_id  TEXT    NOT NULL,       -- /proc/sys/kernel/random/boot_id of the boot it belongs to
  sequence INTEGER NOT NULL        -- the last record dealt with
) STRICT;

-- One row per record. `id` is the order in which things happened, across reboots.
CREATE TABLE event (
  id            INTEGER PRIMARY KEY,
  ledger        INTEGER NOT NULL REFERENCES place (ledger),
  sequence      INTEGER,           -- in that ledger; NULL for what the recorder itself had to say
  kind          TEXT    NOT NULL,  -- transition, script, permit, link, command, child-died, lost, ...
  wall_ns       INTEGER NOT NULL,  -- nanoseconds since 1970 UTC; the clock may have been wrong or jump
  monotonic_ns  INTEGER NOT NULL,  -- nanoseconds since boot: differences within one boot are exact
  instance      TEXT,              -- NULL: about the router as a whole
  from_state    TEXT,              -- INIT, BACKUP, MASTER, FAULT, STOP
  to_state      TEXT,
  cause         TEXT,              -- silence, priority-zero-heard, script-failed, ...
  sentence      TEXT    NOT NULL,  -- the cause and its evidence as people read it
  priority      INTEGER,           -- ours, effective
  peer          TEXT,              -- address of the other router
  peer_priority INTEGER,
  silence_ms    REAL,              -- age of the peer's last advert
  lateness_ms   REAL,              -- how late we were ourselves
  duration_ms   REAL,              -- how long the check or the script ran
  status        INTEGER,           -- exit status, minus the signal, errno, count: see the kind
  uid           INTEGER,           -- who asked
  subject       TEXT,              -- script, interface, address, process or path
  text          TEXT,              -- output of a script, answer of a server
  generation    INTEGER NOT NULL,  -- of the configuration
  UNIQUE (ledger, sequence)
) STRICT;

CREATE INDEX event_by_instance ON event (instance, id);
CREATE INDEX transition_by_instance ON event (instance, id) WHERE kind = 'transition';
CREATE INDEX event_by_time ON event (wall_ns);

-- The same with times and boots as people and dashboards want them (`time_s`: seconds since 1970 UTC).
CREATE VIEW timeline AS
  SELECT event.id, strftime('%Y-%m-%dT%H:%M:%fZ', wall_ns / 1e9, 'unixepoch') AS time, wall_ns / 1e9 AS time_s,
         kind, instance, from_state, to_state, cause, sentence, priority, peer, peer_priority, silence_ms, lateness_ms,
         duration_ms, status, uid, subject, text, generation, wall_ns, monotonic_ns, place.boot_id AS boot_id,
         place.identity AS ledger, event.sequence AS sequence
    FROM event JOIN place USING (ledger);

CREATE VIEW transition AS SELECT * FROM timeline WHERE kind = 'transition';
