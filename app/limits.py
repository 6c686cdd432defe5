"""Every limit of the gateway on one page; reaching one is a designed behaviour, named beside it."""

from __future__ import annotations

# One callback. Deadlines lie below the shortest application deadline known among aggregators (5 s, Hubtel).
callback_body_bytes_max = 16_384  # longer: a polite END
head_known_bytes_max = 2_048  # longer: parsed each time
hop_known_bytes_max = 1_024  # around what was typed; longer: read anew each time
heads_known_max = 1_000  # more: the oldest are parsed anew
callback_fields_max = 32  # more: a polite END
transcript_characters_max = 2_000  # longer: a polite END
accepted_at_once_max = 256  # connections that wait at the door, each time round the loop
callback_body_seconds = 1.5  # later: a polite END
turns_in_hand_max = 1_000  # more at once in one process: a polite END, a text or report is asked for again
turns_in_hand_dense = 600  # more at once in one process: whoever dials gets a polite END, who is under way goes on
late_seconds_dense = 0.5  # a process that wakes up later than this: the same
late_seconds_full = 2.0  # later than this: a polite END for all, for what came in has waited so long already
late_look_seconds = 0.1  # how often it looks whether it is late
turns_in_hand_few = 50  # up to so many in one process nobody is turned away because the ledger is slow: it may be ill
ledger_seconds_dense = 0.5  # a write takes longer while more are in hand: as many at once as above
thread_switch_seconds = 0.0002  # so long a thread that writes to SQLite waits for one that computes; Python: 5 ms
dials_a_minute_max = 30  # by number, in all gateways; more: a polite END
dials_counted_max = 10_000  # numbers, by a process while the session server is away; more: the oldest is forgotten
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
sessions_recalled_max = 2_000  # with their replies; more: a hop asks the session server for what it was told
dialogues_named_max = 2_000  # by what the aggregator calls them; more: a hop makes three keyed hashes and not one
openings_recalled_max = 4_000  # written too; more: who lost a session that is older costs a question to the database
openings_write_seconds = 0.1
drafts_written_max = 300  # dialogues that are not finished, in one transaction; more: in the next
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
keys_look_seconds = 1.0  # how often a process looks at its key file
keys_settle_seconds = 5.0  # from when a key is known everywhere on a machine; then it may seal
retention_sweep_seconds = 3_600  # between two looks of a worker at what is past its date
retention_batches_max = 1_000  # of one look; more: the rest with the next
retention_grace_seconds = 86_400  # a sweep is late by less than this: nothing is proven against it
counts_days = 2  # of what a number did in a day, such as mistyped references
consent_proof_days = 1_095  # what was taken back, or agreed to anew, is proof for so long
retention_days_max = 3_650  # of anything that names somebody; more: the pack is refused
pack_bytes_max = 2_000_000
pack_file_bytes_max = 500_000
pack_depth_max = 20
pack_nodes_max = 50_000
points_max = 3_000  # service points of a pack; more: it is refused
points_listed_max = 30  # of one council; more: the pack is refused, for nobody looks through so many
point_name_septets_max = 24  # of a point's name, so that it fits on a line of a list; more: its row is refused
point_place_septets_max = 20  # of a village or a council
point_source_letters_max = 60
point_answer_septets_max = 90  # of points or prices in one SMS, with what stands around them; more are counted
point_words_max = 8  # of a text that asks for a point; the others are not read
points_file_bytes_max = 5_000_000  # of a ministry's spreadsheet; larger: refused unread
points_unpacked_bytes_max = 50_000_000  # of an XLSX file, which is packed; more: the same
points_rows_max = 10_000  # of a spreadsheet, empty ones included; those further down are not read
lookup_rows_max = 5_000  # of one data file; more: the pack is refused
lookup_columns_max = 60  # of one data file; more: the same
lookup_septets_max = 600  # of one cell, which is shown page by page; more: the same
lookup_listed_max = 30  # rows of one key that a list gives; more: the same, for nobody looks through so many
lookup_stale_days_max = 3_650
lookup_source_letters_max = 60  # of who says so
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
conversations_at_once_max = 4  # played; they wait for the disk, not for the processor
conversation_times_max = 100  # that one text is delivered in a turn; more: a complaint
conversation_wait_seconds_max = 31 * 86_400  # longer: a complaint
conversation_seen_characters_max = 1_000  # of a text or pattern that must come; longer: a complaint
conversation_pattern_groups_max = 100  # more: a complaint
conversation_pattern_repeats_max = 500  # `{500}`; more: a complaint, for each takes memory while it is tried
conversation_match_seconds = 2.0  # of the processor, for one text; a look for rings takes some; longer: a complaint
conversation_jobs_max = 10_000  # more done in one of them: it fails, for the outbox never comes to rest

# One-time codes. Windows are those of the clock, in UTC: by quarter of an hour and by day. That of one code is its own.
code_window_seconds, code_day_seconds = 900, 86_400
codes_sent_window_max = 3  # by number and by ID number, each; more: blocked, and no code is sent
codes_sent_day_max = 10
code_guesses_check_max = 3  # of one code; more: blocked, and the office is not asked
code_guesses_window_max = 5  # by number and by ID number, each
code_guesses_day_max = 10
code_seconds_max = 900  # after it was asked for; later: expired, whatever the office says
proof_seconds_max = 1_800  # after a code was right; later: whoever it is has to be verified again
checks_of_a_step_max = 4  # of different ID numbers, by a step that was heard several times; more: blocked
checks_kept_seconds = 86_400  # then who was checked, and how, is forgotten

# Offices and outgoing work.
office_response_bytes_max = 65_536
list_characters_max = 4_000  # of one list, which lives in the session; more: the pack is refused
office_connections_max = 20  # of one version's client
office_calls_max = 20  # at one office at once, in one process; more wait
office_calls_waiting_max = 40  # for that; more: the office counts as down for whoever asks, at once
office_door_calls = 10  # the last of them say whether an office is away,
office_door_calls_min = 5  # so many at the least,
office_door_failed_share = 0.8  # if so many of them failed: its door closes
office_door_closed_seconds = 5.0  # then one is let in to see; each time in vain, twice as long,
office_door_closed_seconds_max = 30.0  # and no longer than this
office_door_forgotten_seconds = 300.0  # later than that a worker's work has looked again; if not, menus offer it
doors_told_seconds = 10.0  # so often does a worker say again which offices are away
doors_told_seconds_max = 35.0  # a worker that said it last so long ago is dead
office_probe_seconds_min = 1.0  # whoever has less patience says nothing of an office
office_probe_pause_seconds = 1.0  # while another is in there to see
office_worker_seconds = 5.0  # patience outside callbacks
office_closed_pause_share = 0.1  # of the time that work has waited for an office that is away: until it is tried again
office_pending_pause_seconds = 2.0  # between looks at what an office took and has not finished; later as above
office_pending_hours_max = 48  # of a stage that is not finished then: a person looks
office_unclear_pauses_seconds = (30.0, 120.0, 300.0)  # what may never be repeated is looked for; then set aside
office_delayed_seconds = 30.0  # work that waited longer is told of once more when it is done
office_unclear_told_max = 100  # attempts at one stage of which the audit log keeps what names the exchange
audit_wait_seconds = 0.5  # a question's page waits so long for its line; longer: the line is written later
audit_again_seconds = 1.0
audit_lines_written_max = 100  # in one transaction; more: in the next
audit_lines_waiting_max = 10_000  # 1 kB each; more: the oldest stands in the process's own log alone
office_recordings_max = 200  # samples of one adapter; more are not kept
office_recordings_alike_max = 3  # of one office, operation and outcome
office_recording_bytes_max = 16_384  # larger: not kept
office_recording_letters_max = 1_000  # of one value in an answer
office_recording_exchanges_max = 10  # of one question; more: not kept
office_recording_tries_max = 10  # at one operation and outcome of an office in a process; then no more are made
office_recordings_waiting_max = 5  # answers of one office that wait to be made samples of; more are not kept
office_token_seconds = 5.0  # to get a token, which goes on when who asked first gave up; more: the next ask begins anew
office_token_lifetime_seconds_max = 86_400  # promised for longer: asked for anew all the same
office_token_characters_max = 8_000  # longer: the office counts as down, for servers refuse such headers
office_push_seconds = 90.0  # a payer's PIN may be waited for on the line; longer: how it went is unknown and asked for
office_pushes_max = 200  # waited for at once at one wallet in one process; more: busy, tried again
office_push_settles_seconds = 300.0  # a wallet that does not know a payment by then is sent it again, with the same id
office_pushes_noted_max = 10_000  # more: the oldest is forgotten, and its wallet's refusal of repeats is the only fence
office_session_settles_seconds = 60.0  # a session that is refused sooner is not ready yet; later: fetched anew, once
job_lease_seconds = 60.0
job_parallel_max = 32  # in one worker
job_parallel_destination_max = 4  # at one office or the SMS centre; more wait, so that a dead one stops no other
job_rounds_shared = (
    8  # of so many rounds of claiming, one begins with the jobs of each priority, the others with the urgent
)
rate_slot_seconds = 1.0  # a turn at an office that was missed by more is given up, and another one taken
job_crowded_seconds = 1.0  # how long they wait
sms_unknown_pauses_seconds = (30.0, 120.0, 300.0)  # a send without an answer may have arrived; then set aside
job_attempts_max = 1_000  # more: set aside for a human
job_lapses_max = 5  # leases of a job that ran out in a row: it kills its workers, and is set aside
job_lapses_alone = 2  # so many, and it is done with nothing beside it that it could take along
job_backoff_seconds_max = 15.0  # for the first `job_attempts_brisk`
job_attempts_brisk = 40
job_backoff_slow_seconds = 300.0
sms_send_parallel_max = 4
sms_refused_hours = 60  # in which a centre takes nothing; longer, and the text is set aside
sms_refused_brisk_seconds = 600.0  # so long it is tried each `job_backoff_seconds_max`, later each `..._slow_seconds`
sms_bucket_seconds = (
    300  # an hour's parts are counted by so many seconds: when the oldest are over, parts are free again
)
sms_share_told = 0.85  # of an hour's parts; beyond it what tells of requests waits, and answers still go out
sms_share_low = 0.5  # the same of reminders
sms_parts_a_day_max = 40  # to one number; more: what tells of a request waits for the next day, the rest is not sent
sms_day_spent_seconds = 3_600.0  # so long it waits
sms_answer_seconds_max = 3_600.0  # an older answer to a text is not sent, for it is of no use any more
sms_status_seconds_max = 86_400.0  # the same of "we will text you" how a request stands
sms_reminder_seconds_max = 86_400.0
sms_sweep_seconds = 600  # between two looks at texts without a report
sms_report_hours = 48  # no report for so long: what became of a text is unknown, and it is not sent again
sms_unmatched_hours = 72  # so long is a report of an unknown text kept
silenced_days = 30  # so long are reminders not sent to a number that no text reaches
helps_a_day_max = 5  # by number, for whoever asks for it; more: no answer until tomorrow
texts_answered_a_day_max = 30  # by number; more: no answer until tomorrow
reference_misses_a_day_max = 5  # more: the answer stays "unknown" until tomorrow
wake_body_bytes_max = 16_384  # of a wallet's callback; longer: 413
wake_body_seconds = 1.5  # later: 408
wake_pause_seconds = 10.0  # one job is woken no oftener in one process; sooner: noted, and not acted on
wakes_a_second_max = 50  # looked up in one process; more: 503, the wallet is polled as without callbacks
worker_stop_seconds = 3.0  # jobs in hand when the worker is told to stop; longer: claimed again after the lease
desk_page_max = 200  # lines of a work list at a time
desk_sheet_rows_max = 5_000
desk_escalate_seconds = 60  # between two looks at what is overdue
desk_escalate_pages_max = 50  # of which nobody can be told now, in one look; more: those behind them wait
desk_stalled_days = 30  # past the day that a clerk promised, and after so long again: a person looks
supervisors_seconds = 900  # between two looks whether a supervisor is to be texted
supervisors_from_hour, supervisors_to_hour = 8, 17  # o'clock of the country, in which they are
vigil_seconds = 60  # between two looks at requests that wait
vigil_page_max = 100  # requests at a time
vigil_stranded_hours = 24  # with which nothing can be done for so long, and a person looks
vigil_stranded_again_days = 7  # and after so long again
citizens_turn_days = 60  # so long may a citizen take for their part before a person asks
vigil_again_seconds = 3_600.0  # between two looks at one whose menus cannot be used
promise_days = 10  # within which a request moves, if its service says nothing; later: a human must look
remind_days = 7  # after which a citizen is reminded, if the service says nothing
reminders_max = 5  # of one status; more: the pack is refused
follow_hours_max = 720  # between two questions at an office; more: the pack is refused
follow_days_max = 90  # since a request moved; later it is asked about no more by the clock
follow_attempts_max = 5  # at one question; then it waits for the next
schedule_rounds_max = 50  # of one schedule in a row; more: it goes on when other jobs had their turn
schedule_attempts_told = 5  # failures of one period; then a human must look, and it is tried on

# Bills and what wallets may ask.
payment_looks_max = 5  # at a bill that is moved again and again while money comes for it; more: our mistake
bill_hours = 72  # to pay, unless services.yaml says otherwise
bill_hours_max = 720
bill_telling_hours = 6  # after its time is over it is told of what was paid in time; then it expires
bill_typed_digits_max = 7  # of an amount that citizens type, in minor units; longer: agents' texts have no room
bills_listed_max = 50  # of a number at a time, as the GSMA's API says
bill_misses_a_day_max = 5  # by account: more, and the wallet is told of too many requests until tomorrow
bill_misses_of_a_wallet_max = 20_000  # a day, of all its accounts together: the same
bill_pushes_max = (
    99  # of one bill; more: refused, and it is paid in another way (ids of wallets have room for two digits)
)
push_begins_seconds = 5.0  # after its confirmation: our last page is on the phone by then, and the dialogue over
pushes_a_day_max = 5  # that a number may ask its wallets for; more: refused until tomorrow
paid_text_seconds = 300.0  # from when money came; by then the text of the end has said so, or one of its own does
bill_under_way_seconds = 300.0  # until the next look whether a bill may expire for which a wallet was asked
wallet_body_bytes_max = 16_384  # longer: refused
wallet_clock_seconds = 300.0  # an X-Date that is further from now is stale
wallet_callback_seconds = 5.0
wallet_callback_characters_max = 500

# Agents.
agent_cooldown_hours = 24  # from when a number was activated; sooner it may ask for nothing (SIM swap)
agent_activation_hours = 72  # to text the activation code; later: a clerk makes another one
agent_activation_digits = 8
agent_numbers_max = 5  # of one agent; more: a clerk removes one first
agent_order_seconds = 300.0  # to confirm with the code; later: nothing is paid
agent_cancel_seconds = 900.0  # to take a payment back at once; later: two clerks decide
agent_payments_a_day = 60  # of a new agent; more: refused until tomorrow, two clerks may set another bound
agent_minor_a_day = 1_000_000  # in minor units of the currency: the same
point_payments_a_day = 150  # of a service point, all its agents together: the same
point_minor_a_day = 2_500_000
agent_guesses_order_max = 3  # of one code; more: blocked
agent_guesses_window_max = 5  # by number within `code_window_seconds`; more: blocked until it is over
agent_guesses_day_max = 10  # by number
agent_codes_day_max = 5  # of what orders wait for, which have four digits, by number
agent_guesses_all_max = 200  # by all numbers together within `code_window_seconds`: the same, and a person looks
agent_guesses_looked_max = 40  # of codes, by all numbers together in a day: a person looks, and nobody is blocked
agent_bill_misses_a_day_max = 20  # of bills that are none, by agent; more: no bill is looked up until tomorrow
agent_unread_window_max = 5  # texts that cannot be read, by number within `code_window_seconds`; more: no answer
agent_texts_a_day_max = 400  # by an agent's number; more: no answer until tomorrow
agent_sms_parts_a_day_max = 500  # to an agent's number; more: not sent
agents_stated_max = 50  # told of their month in one go
agent_statements_seconds = 21_600  # between two looks at who was not told of last month
agent_numbers_kept_days = 365  # from when a number was removed, for disputes
mandate_code_seconds = 300.0  # to tell an agent the code of a mandate; later: expired
mandate_seconds = 1_800.0  # in which the agent acts for the citizen after that; later: nothing is asked or filed
mandates_of_a_step_max = 4  # for different citizens, by a step that was heard several times; more: blocked
mandates_sent_agent_max = 20  # codes that nobody told, a day, by one agent; more: blocked, and none is sent
mandates_sent_number_max = 3  # the same to one number, whoever asks
mandates_kept_days = 30  # then it is forgotten for whom an agent acted; the audit log has that one did
vouchers_a_day_max = 100  # redeemed by an agent's number, rightly or not; more: blocked
voucher_tries_a_day_max = 3  # of one voucher, whoever tries; more: blocked
proofs_a_day_max = 60  # attested from an agent's number; more: blocked
proof_tries_a_day_max = 3  # of one person, whoever attests it; more: blocked
sheet_codes_count = 10  # of a printed sheet
sheet_days = 365  # in which they are good
sheet_again_seconds = 86_400  # a sheet files no second time for the same program sooner
watch_seconds = 3_600  # between two looks at what agents did this week
watch_agents_max = 20  # looked at in one go
watch_confirmations_max = 5_000  # of one agent and week; the oldest of more are not looked at
watch_complaints_max = 500  # the same of complaints
watch_attested_max = 500  # the same of people attested
watch_about_max = 200  # confirmations that an alert names; it counts the others
alerts_listed_max = 500
call_back_seconds = 300  # between two looks at whom to call back
call_back_after_seconds = 1_200.0  # from a payment: later than an agent may take it back at once
call_back_within_seconds = 10_800.0  # an older payment is not asked about any more
call_back_apart_days = 7  # a number is not asked sooner again
call_back_from_hour, call_back_to_hour = 8, 19  # o'clock of the country
call_backs_max = 200  # drawn in one go
complaint_words_max = 2  # at the beginning of what a complaint says, that may be an agent's code or a point's id

# What it changes for people, and questions by SMS.
attached_words_max = 30  # of a complaint, looked at in search of a receipt; those after them are not
filings_a_day_max = 99  # that a service may set for a number; more: the pack is refused
baseline_rows_max = 5_000  # of baselines.csv; more: the pack is refused
baseline_digits_max = 9  # of one number there, before and behind its point; more: the same
question_hours = 48  # in which an answer is taken, if who asks says nothing
question_send_seconds_max = 86_400.0  # a question that could not be asked for so long is not asked any more
question_kept_seconds = 86_400  # a turn to ask a number is remembered so long after it is over
survey_days_max = 3_650  # between two questions of one sort to a number; more: the pack is refused
survey_one_in_max = 10_000  # of so many errands one is asked about; more: the pack is refused
errand_cells_max = 50_000  # services, districts, points, channels of a report; more: take a shorter period
errand_window_days = 7  # counted by one statement
impact_days_max = 1_830  # of one report; more: refused

# What callers ask of their own.
mine_listed_max = 10  # requests or payments told of, requests that ended after all others; more are counted
mine_looked_max = 50  # of a number's newest requests, in search of what was paid for them
mine_count_max = 9_999  # of anything counted; more are told as so many
answers_texted_a_day_max = 3  # by number, of what the pack tells everybody; more: refused until tomorrow
receipts_again_a_day_max = 5  # by number; more: refused until tomorrow
receipt_again_seconds_max = 3_600.0  # a text that was asked for again is of no use later
erasure_days = 30  # within which somebody who asked to be forgotten hears
subscriptions_max = 10  # of one number; more: refused

# Warnings that are sent to all who want them.
broadcast_from_hour, broadcast_to_hour = 7, 20  # o'clock of the country, in which they are sent
broadcast_hours = 24  # after it was written a warning is of no use any more, unless its author says otherwise
broadcast_hours_max = 168
broadcast_parts_max = 3  # of an SMS that a warning takes in any language; more: refused
broadcast_file_bytes_max = 16_384  # of texts; larger: refused
broadcast_page = 500  # texts put up in one transaction
broadcasts_listed_max = 50

# Statements of wallets and banks, and how they differ from the books.
statement_bytes_max = 52_428_800  # of one file; larger: refused
statement_rows_max = 200_000  # of one file; more: refused from there on, and the day counts as not whole
statement_head_lines_max = 40  # above the line with the columns; more: refused
statement_faults_told_max = 200  # more: counted
statement_names_max = 4  # columns with ids besides the wallet's own
statement_sources_max = 100  # layouts that are read
statement_chunk_rows = 500  # written in one transaction
statement_border_seconds = 3_600  # their clock may be so far ahead of ours; behind it is `bill_telling_hours`
statement_by_hand_days = 3  # what people give back or hand over in a portal is missing after so long
statement_closings_looked_max = 7  # newest days behind one without a file, in search of one that closed well
statement_late_days = 31  # older lines than that are refused
reconcile_due_hour = 12  # of the sources' own day: yesterday's file has not come by then, and somebody is told
reconcile_seconds = 43_200  # between two looks of the worker at what has come
differences_listed_max = 500
proposals_listed_max = 200
suspense_days = 1  # money in suspense longer than that is a task
suspense_looked_max = 200  # at a time, the oldest first
