"""Every limit of the gateway on one page; reaching one is a designed behaviour, named beside it."""

from __future__ import annotations

# One callback. Deadlines lie below the shortest application deadline known among aggregators (5 s, Hubtel).
callback_body_bytes_max = 16_384  # longer: a polite END
callback_fields_max = 32  # more: a polite END
transcript_characters_max = 2_000  # longer: a polite END
callback_body_seconds = 1.5  # later: a polite END
turns_in_hand_max = 1_000  # more at once in one process: a polite END, a text or report is asked for again
turns_in_hand_dense = 600  # more at once in one process: whoever dials gets a polite END, who is under way goes on
late_seconds_dense = 0.5  # a process that wakes up later than this: the same
late_seconds_full = 2.0  # later than this: a polite END for all, for what came in has waited so long already
late_look_seconds = 0.1  # how often it looks whether it is late
dials_a_minute_max = 30  # by number, in all gateways; more: a polite END
turn_soft_seconds = 3.0  # an office gets no more than what is left of this, unless the aggregator's account says less
turn_hard_seconds = 4.5  # the turn is cut and answered with a polite END, unless the account says otherwise
turn_lease_seconds = 1.2  # after this the turn of a gateway that died may be taken over
turn_lease_renew_seconds = 0.4  # so often does a living one say that it is at work
turns_remembered_max = 8  # of a session: so many of its last hops get their own answer again when they are repeated
turn_repeat_poll_seconds = 0.02  # a repeat looks this often whether the first copy is through

log_flush_seconds = 0.1  # the last lines of a process that is killed may be lost
log_lines_waiting_max = 1_000  # more leave at once

# One session.
session_seconds_max = 300  # idle longer: a dial starts again
session_steps_max = 60  # more: a polite END
session_bytes_max = 32_768  # sealed; the codec refuses more, which `state_bytes_max` keeps a dialogue from ever being
state_bytes_max = 28_672  # as msgpack; more: back goes less far, and a pack that could be more even so is refused
replies_bytes_max = 8_192  # a sealed session of more remembers its newest reply only
steps_resumed_max = 2 * session_steps_max  # in all dialogues of a journey that was resumed; more: a polite END
filings_of_a_step_max = 4  # different ones, by a step that was heard several times; more: the last of them is shown
opening_seconds_max = 7_200  # so long is remembered how a dialogue began
openings_noted_max = 20_000  # not written yet, 0.3 kB each: more, and the oldest is given up
openings_write_seconds = 0.25
fell_texts_a_day_max = 3  # by number: "the line fell" is texted no oftener
resume_seconds_max = 86_400  # after its last page a dialogue that fell is offered again; more: the pack is refused
walk_inputs_max = session_steps_max  # inputs that one callback may carry; more: a polite END
calls_per_turn_max = 4  # services asked one after the other inside one callback

# One text.
reply_septets_max = 156  # GSM 03.38 septets of a page, "CON " included (aggregators differ on whether it counts)
sms_septets_max = 160  # one part
sms_reply_septets_max = 459  # three parts: a page in pages that answers a text
sms_characters_max = 480  # incoming, longer ones are cut before they are read

# Menus.
pack_bytes_max = 2_000_000
pack_file_bytes_max = 500_000
pack_depth_max = 20
pack_nodes_max = 50_000
pages_max = 10  # of one screen; more: the pack is refused
found_once_max = 4_000  # pages, mostly, that a version of the menus keeps; more are made anew each time
inputs_to_end_max = 20  # on the shortest way to an end, unless pack.yaml says otherwise; more: the pack is refused
menu_depth_max = 8  # sub-menus inside sub-menus; more: the pack is refused
wrong_tries_max = 3  # on one screen; then the author's help
complaint_names_max = 10  # known names that a complaint lists; more are counted

editions_held_max = 8  # versions compiled in one process; one that is needed again is compiled again
edition_retry_seconds = 10.0  # so long is a version that cannot be used here not tried again

complaints_told_max = 200  # more: the others are counted
complaint_quote_letters_max = 100  # of each value quoted in one
complaint_letters_max = 1_000  # of what is said and quoted in one

# Conversations that test menus.
conversation_turns_max = 300  # more: a complaint
conversation_wait_seconds_max = 31 * 86_400  # longer: a complaint
conversation_seen_characters_max = 1_000  # of a text or pattern that must come; longer: a complaint
conversation_pattern_groups_max = 100  # more: a complaint
conversation_pattern_repeats_max = 500  # `{500}`; more: a complaint, for each takes memory while it is tried
conversation_match_seconds = 0.25  # of the processor, for one text; longer: a complaint
conversation_jobs_max = 10_000  # more done in one of them: it fails, for the outbox never comes to rest

# Offices and outgoing work.
office_response_bytes_max = 65_536
list_characters_max = 4_000  # of one list, which lives in the session; more: the pack is refused
office_connections_max = 20  # a bulkhead for each office
office_worker_seconds = 5.0  # patience outside callbacks
office_token_seconds = 5.0  # to get a token, which goes on when who asked first gave up; more: the next ask begins anew
office_token_lifetime_seconds_max = 86_400  # promised for longer: asked for anew all the same
office_token_characters_max = 8_000  # longer: the office counts as down, for servers refuse such headers
job_lease_seconds = 60.0
job_parallel_max = 32  # in one worker
job_parallel_destination_max = 4  # at one office or the SMS centre; more wait, so that a dead one stops no other
job_crowded_seconds = 1.0  # how long they wait
sms_unknown_pauses_seconds = (30.0, 120.0, 300.0)  # a send without an answer may have arrived; then set aside
job_attempts_max = 1_000  # more: set aside for a human
job_backoff_seconds_max = 15.0  # for the first `job_attempts_brisk`
job_attempts_brisk = 40
job_backoff_slow_seconds = 300.0
sms_send_parallel_max = 4
texts_answered_a_day_max = 30  # by number; more: no answer until tomorrow
reference_misses_a_day_max = 5  # more: the answer stays "unknown" until tomorrow
worker_stop_seconds = 3.0  # jobs in hand when the worker is told to stop; longer: claimed again after the lease
desk_page_max = 200  # lines of a work list at a time
desk_sheet_rows_max = 5_000
desk_escalate_seconds = 60.0  # between two looks at what is overdue
