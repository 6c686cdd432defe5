"""Every limit of the ledger's database; reaching one is a designed behaviour, named beside it."""

from __future__ import annotations

from dataclasses import dataclass

# One call. All of them lie below the soft limit of a turn (3 s), so that a dead database leaves time for an answer.
call_seconds_max = 2.5  # longer: StoreUnavailable; what was begun may still be committed, ids make a repeat harmless
calm_seconds_max = 30.0  # one call of a tool behind which no citizen waits, on a machine that may be busy
statement_seconds_max = 2.0  # one statement on PostgreSQL, or waiting for SQLite's locks
statement_share = 0.8  # of a call's time, for one statement of a tool that may take longer
connect_seconds_max = 2.0
gave_way_max = 2  # times that one write gives way to another on PostgreSQL and is done again; then it fails
calls_waiting_max = 1_000  # more: StoreUnavailable at once
asked_together_max = 500  # in one query; more wait for the next one

# One file of SQLite, one pool of PostgreSQL.
group_writes_max = 64  # waiting writes that share one commit
readers_max = 4
cache_kilobytes = 512  # of pages, for each connection that reads; more is read anew from the machine's own cache
writer_cache_kilobytes = 3_000  # in a crowd one commit changes some hundred pages of the same indexes as the one before
lock_poll_seconds = 0.001
connections_max = 10

# Rows.
references_tried_max = 5  # unique 40-bit references collide never; more means a broken source of randomness
sources_bytes_max = 3_000_000  # of one published pack; the compiler refuses more than two thirds of it
publications_listed_max = 100  # older ones stay for who is on them, but are neither listed nor rolled back to
evidence_rows_max = 2_000  # read at once by a checker; more: in several reads
text_characters_max = 200  # words of an aggregator or office are cut to this
rows_at_once_max = 64  # of one statement; SQLite knows 32,766 values in one
broken_look_hours = 24  # until the next look at a request that no key opens
sms_swept_max = 500  # rows in one go
unmatched_reports_max = 10_000  # kept; more: a report of an unknown text is not kept
migrate_seconds_max = 60.0  # waiting for another process that migrates


@dataclass(frozen=True, slots=True)
class LogLimits:
    """When SQLite's write-ahead log is copied back into the database file.

    After `commits_max` commits it is copied and used again from its start; above `truncate_bytes` it is cut to nothing
    too. Above `refuse_bytes` (a foreign program holds a read open, or the disk is failing) writes are refused.
    """

    commits_max: int = 300
    truncate_bytes: int = 16 * 1024 * 1024
    refuse_bytes: int = 1024 * 1024 * 1024


doors_read_max = 1_000  # of offices that are away, as all workers say; more: the newest
audit_lines_read_max = 1_000  # of the audit log at a time
citizen_requests_max = 10_000
reseal_rows_max = 200  # opened and sealed anew at a time
retention_rows_max = 200  # forgotten in one transaction
citizen_consents_max = 1_000
shelf_page_max = 200
clerks_listed_max = 1_000
audit_text_characters_max = 1_000  # of any text of a line
books_rows_max = 1_000  # postings or bills read at once by a checker; more: in several reads
