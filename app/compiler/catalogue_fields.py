"""The menu language of services.yaml as a table, as `fields` is that of the other files."""

from __future__ import annotations

from app import limits
from app.catalogue import ADAPTERS
from app.compiler.fields import Field, Fields, Shape
from app.house_services import AgentStep, Attests, Find, MandateStep, Show
from app.http_json import REPEATS
from app.mosip import ENVIRONMENTS
from app.office_auth import CREDENTIALS, KINDS
from app.privacy import Basis, DataClass
from app.rates import FORM
from app.values.rules import ValueType

COLUMN_TYPES = (ValueType.AMOUNT, ValueType.NUMBER, ValueType.DATE, ValueType.WORD)
"""What a column of a data file may hold besides texts."""

CATALOGUE: Fields = (
    Field("offices", Shape.MAPPING, "who is asked: name: office"),
    Field("services", Shape.MAPPING, "what menus may call: name: service"),
    Field("purposes", Shape.MAPPING, "what citizens are asked for their data for: name: purpose"),
    Field("topics", Shape.MAPPING, "what citizens may want to be warned of: name: {title, purpose}"),
)
TOPIC: Fields = (
    Field("title", Shape.PLAIN, "what citizens call it", True),
    Field("purpose", Shape.WORD, "one of `purposes`, with consent: what they agree to when they subscribe", True),
)
PURPOSE: Fields = (
    Field("text", Shape.PLAIN, "what it is, as citizens are told; if they must agree, the question that asks", True),
    Field("basis", Shape.WORD, f"the ground: {', '.join(Basis)}", True),
    Field("source", Shape.WORD, "the law or the contract", True),
    Field("version", Shape.WHOLE, "counted up when it becomes another thing: who agreed is asked again", True),
    Field("days", Shape.WHOLE, "after a request has ended, nothing of it names anybody any more: 1 to 3650", True),
    Field("recipients", Shape.NAMES, "who gets the data besides the offices of its services"),
)
OFFICE: Fields = (
    Field("adapter", Shape.WORD, f"how it is spoken to: {' or '.join(ADAPTERS)}", True),
    Field(
        "address", Shape.WORD, "its address in the sandbox, none of manual; MOHALA_OFFICE_ADDRESSES has the real one"
    ),
    Field("secret", Shape.WORD, "the name of the file with its password, in MOHALA_SECRETS_DIR; never the password"),
    Field(
        "auth",
        Shape.MAPPING,
        "how it is shown who asks: {kind, ...}; X-Api-Key if there is only a `secret` "
        "(not of mobile_money, m_pesa, manual)",
    ),
    Field(
        "headers",
        Shape.WORDS,
        "header: what every request carries in it; no secrets (not of mobile_money, m_pesa, manual)",
    ),
    Field("operations", Shape.MAPPING, "what can be asked of it: name: operation", True),
    Field("client", Shape.WORD, "who we are there: INSTANCE/CLASS/MEMBER/SUBSYSTEM (x_road)"),
    Field("provider", Shape.WORD, "whose service it is: INSTANCE/CLASS/MEMBER/SUBSYSTEM (x_road)"),
    Field("security_server", Shape.WORD, "the provider's server to ask: INSTANCE/CLASS/MEMBER/SERVER (x_road)"),
    Field("represented_party", Shape.WORD, "on whose behalf we ask: CLASS/MEMBER (x_road)"),
    Field("sender", Shape.WORD, "the name under which the office knows us (opencrvs, g2p_connect)"),
    Field("receiver", Shape.WORD, "the office's own name, if it wants to read it (opencrvs, g2p_connect)"),
    Field(
        "at_most",
        Shape.WORD,
        f"how often workers ask it, all together: {FORM}; no bound if nothing is said (not of manual)",
    ),
    Field("id_type", Shape.WORD, "what the ID numbers are there: UIN or VID (mosip)"),
    Field("environment", Shape.WORD, f"which of theirs it is: {', '.join(ENVIRONMENTS)} (mosip)"),
    Field("domain_uri", Shape.WORD, "the URI of their server, as they gave it (mosip)"),
    Field(
        "partner_certificate",
        Shape.WORD,
        "the file with our certificate and its key, among the secrets (mosip)",
    ),
    Field("ida_certificate", Shape.WORD, "the file, there too, with the certificate that codes are sealed to (mosip)"),
    Field("partner_id", Shape.WORD, "the file, there too, with who we are to them (mosip)"),
    Field("licence_key", Shape.WORD, "the file, there too, with the MISP's licence key (mosip)"),
    Field("api_key", Shape.WORD, "the file, there too, with our API key (mosip)"),
    Field("merchant", Shape.WORD, "our organisation id at the wallet; mohala if nothing is said (mobile_money)"),
    Field("client_id", Shape.WORD, "who we are there, sent as `X-Client-Id` (mobile_money)"),
    Field("market", Shape.WORD, "the market in its paths, such as vodafoneGHA (m_pesa)"),
    Field("country", Shape.WORD, "three letters, such as GHA (m_pesa)"),
    Field("provider_code", Shape.WORD, "our short code there (m_pesa)"),
    Field("public_key", Shape.WORD, "the file with the portal's public key, among the secrets (m_pesa)"),
    Field("mode", Shape.WORD, "sync: a push is answered with its end, if nothing is said; or async (m_pesa)"),
    Field("origin", Shape.WORD, "what is sent as `Origin`; `*` if nothing is said (m_pesa)"),
    Field("test_msisdn", Shape.WORD, "asked in place of everybody, in the portal's sandbox only (m_pesa)"),
    Field("title", Shape.WORD, "its name in the processing register"),
    Field("abroad", Shape.WORD, "where it stands if elsewhere, as ISO 3166: data that go there cross a border"),
    Field("promise_days", Shape.WHOLE, "days until an end is promised; 10 if nothing is said (manual)"),
)
AUTH: Fields = (
    Field("kind", Shape.WORD, f"one of {', '.join(KINDS)}", True),
    Field("header", Shape.WORD, "the header that carries the password; X-Api-Key if nothing is said (header)"),
    Field("user", Shape.WORD, "who we are there (basic)"),
    Field(
        "token_url",
        Shape.WORD,
        "where tokens are given; MOHALA_OFFICE_TOKEN_URLS gives the real one (oauth2)",
    ),
    Field("client", Shape.WORD, "who we are there: the client's id (oauth2)"),
    Field("scope", Shape.WORD, "what a token is asked for, blanks between; what they give if nothing is said (oauth2)"),
    Field(
        "credentials",
        Shape.WORD,
        f"where client and password go at the token_url: {' or '.join(CREDENTIALS)} (oauth2)",
    ),
    Field(
        "certificate", Shape.WORD, "the file with our certificate and its key, among the secrets (all kinds but none)"
    ),
    Field("authority", Shape.WORD, "the file, there too, with the only authorities that its certificate may be of"),
)
OPERATION: Fields = (
    Field("takes", Shape.NAMES, "the parameters"),
    Field("results", Shape.MAPPING, "result: {from, type, longest}, {header, type, longest}, or {from, list, most}"),
    Field(
        "refused",
        Shape.MAPPING,
        "reason: how the office says it, {status, field, value} (http_json, x_road); `{}` of manual, opencrvs, "
        "g2p_connect and wallets, words of push_poll",
    ),
    Field("attaches", Shape.NAMES, "parameters whose words may name a payment, shown if it is the citizen's (manual)"),
    Field("method", Shape.WORD, "GET, POST or PUT (http_json, x_road)"),
    Field("path", Shape.WORD, "the path behind the address; `{parameter}` is filled in (http_json, x_road)"),
    Field(
        "query",
        Shape.MAPPING,
        "what stands behind `?`: name: a text with `{parameter}`, or {optional: parameter} (http_json, x_road)",
    ),
    Field("headers", Shape.WORDS, "header: what the request carries in it besides; no secrets (http_json, x_road)"),
    Field("body", Shape.MAPPING, "the JSON that is sent; `{parameter}` is filled in (http_json, x_road)"),
    Field(
        "answered",
        Shape.MAPPING,
        "how an answer is told: a list of HTTP statuses, or of {status, field, value} (http_json, x_road)",
    ),
    Field("pending", Shape.MAPPING, "the same of what was taken and is not finished (http_json, x_road)"),
    Field(
        "repeat",
        Shape.WORD,
        f"if nobody knows whether it was done: {' or '.join(REPEATS)}; same_key if nothing is said (http_json, x_road)",
    ),
    Field(
        "found_by",
        Shape.WORD,
        "the operation that tells by `key` what became of it, and is asked before it is repeated (http_json, x_road)",
    ),
    Field("service_code", Shape.WORD, "the service's code as the provider registered it (x_road)"),
    Field("user", Shape.WORD, "the parameter with the citizen's id number, sent as `X-Road-UserId` (x_road)"),
    Field("issue", Shape.WORD, "the parameter with our reference, sent as `X-Road-Issue` (x_road)"),
    Field("register", Shape.WORD, "where it is searched: birth, death or marriage (opencrvs)"),
    Field("by", Shape.MAPPING, "what it is searched by; `{parameter}` is filled in (opencrvs, g2p_connect)"),
    Field("push", Shape.MAPPING, "{path, body}: how the payer is asked (push_poll)"),
    Field(
        "status",
        Shape.MAPPING,
        "{path, body, field, payment, paid, pending, unseen}: how a payment is looked up, and its words (push_poll)",
    ),
)
"""An operation's other keys are read by the office's adapter."""
RESULT: Fields = (
    Field(
        "from",
        Shape.WORD,
        "where it stands in the office's answer, dots between; `.` is the answer or the entry itself",
    ),
    Field("header", Shape.WORD, "in the place of `from`: the header of the answer that it is (http_json, x_road)"),
    Field("type", Shape.TYPE, "what kind of value it is; text if nothing is said"),
    Field("longest", Shape.WHOLE, "most septets that it shows"),
    Field("list", Shape.MAPPING, "the fields of an entry, if the office gives a list: name: result"),
    Field("most", Shape.WHOLE, "most entries of a list: 1 to 99"),
)
SERVICE: Fields = (
    Field("title", Shape.PLAIN, "what citizens call it", True),
    Field(
        "kind",
        Shape.WORD,
        "ask: at once; file: written down, carried out later; status: of what was filed; points: of service points; "
        "mandate: whether an agent may act for somebody; agent: what an agent does at the counter; "
        "lookup: what stands in a data file of the pack; mine: what the house knows of the caller; "
        "quote: what filing another service would cost",
        True,
    ),
    Field("find", Shape.WORD, f"what it tells of service points: {', '.join(Find)} (points)"),
    Field(
        "step",
        Shape.WORD,
        f"what it does: before an agent acts for a citizen {', '.join(MandateStep)} (mandate); "
        f"with an agent's money {', '.join(AgentStep)} (agent)",
    ),
    Field(
        "attests",
        Shape.WORD,
        f"agents alone file it, in their own name: {', '.join(Attests)}; the house knows what it takes, and adds "
        "`agent` and `point` (file)",
    ),
    Field("show", Shape.WORD, f"what it tells callers of their own, or does for them: {', '.join(Show)} (mine)"),
    Field("wallet", Shape.WORD, "the wallet that asks the caller for the money of a bill (mine, `show: push`)"),
    Field("of", Shape.WORD, "the service that is billed, with a `pay` stage, whose cost it tells (quote)"),
    Field("topic", Shape.WORD, "one of `topics`: of what it warns (mine, `show: subscribe`)"),
    Field("from", Shape.WORD, "the data file that it reads, such as data/clinics.csv (lookup)"),
    Field("by", Shape.NAMES, "the columns by which rows are found; they are what the service takes (lookup)"),
    Field("gives", Shape.NAMES, "the columns that it gives (lookup)"),
    Field("list", Shape.WORD, "the name of the list of all rows found; without it, it gives one row (lookup)"),
    Field("types", Shape.WORDS, f"column: {', '.join(COLUMN_TYPES)}; a text if nothing is said (lookup)"),
    Field(
        "stale_days",
        Shape.WHOLE,
        f"`stale` is yes if what is told is older: 1 to {limits.lookup_stale_days_max} (lookup)",
    ),
    Field("fee", Shape.MAPPING, "{amount, source, as_of, to}: what it costs, who says so, since when, whose it is"),
    Field("charge", Shape.MAPPING, "the same of what whoever serves the citizen takes on top"),
    Field(
        "commission",
        Shape.MAPPING,
        "{share, floor, source, as_of}: what of the charge is an agent's who takes the money",
    ),
    Field("takes", Shape.WORDS, "parameter: its type"),
    Field("purpose", Shape.WORD, "one of `purposes`; needed if it takes anything personal"),
    Field("classes", Shape.WORDS, f"field that it takes or its office gives: {', '.join(DataClass)}"),
    Field("patience_s", Shape.SECONDS, "how long the citizen waits; 2.5 if nothing is said"),
    Field("ask", Shape.MAPPING, "{office, operation, with} of a service of kind ask"),
    Field(
        "work",
        Shape.MAPPING,
        "what the worker does for a filed request, in order: a list of {office, ..., then} and {pay, then}",
    ),
    Field("follow", Shape.MAPPING, "{office, operation, with}: asks the office how far a filed request is"),
    Field(
        "follow_hours",
        Shape.WHOLE,
        f"`follow` is asked every so many hours, and what is new is texted: 1 to {limits.follow_hours_max} (file)",
    ),
    Field(
        "promise_days",
        Shape.WHOLE,
        f"a person looks at a request that nobody moved for so long; {limits.promise_days} if nothing is said (file)",
    ),
    Field(
        "remind_days",
        Shape.NAMES,
        f"so long after a `query` or `ready` its text comes again; [{limits.remind_days}] if nothing is said (file)",
    ),
    Field(
        "most_a_day",
        Shape.WHOLE,
        f"a number may file so many a day, then it is refused with `too_many`: 1 to {limits.filings_a_day_max} (file)",
    ),
    Field(
        "private",
        Shape.YES_NO,
        "that it was filed is not for whoever holds the phone: lists and the answer to a status query leave out its "
        "title, and its texts are not sent again (file)",
    ),
    Field("sms", Shape.MAPPING, "occasion: what is texted"),
)
FEE: Fields = (
    Field("amount", Shape.WORD, "in whole units of the currency, or with its cents: 130 or 2.50", True),
    Field("source", Shape.WORD, "who published it", True),
    Field("as_of", Shape.WORD, "when it was read, as 2026-11-24", True),
    Field("to", Shape.WORD, "the office that it is booked to; the treasury if nothing is said"),
)
COMMISSION: Fields = (
    Field("share", Shape.WORD, "percent of the charge, such as 20 or 12.5: up to 100", True),
    Field("floor", Shape.WORD, "no less than so much, in whole units or with cents; no more than the charge", True),
    Field("source", Shape.WORD, "who published it", True),
    Field("as_of", Shape.WORD, "when it was read, as 2026-11-24", True),
)
PAY: Fields = (
    Field(
        "pay",
        Shape.WORD,
        "`fee`: it goes on when the bill over fee and charge is paid; or an amount that the service takes, which is "
        "billed in the place of the fee",
        True,
    ),
    Field("least", Shape.WHOLE, "the smallest such amount, in whole units of the currency (not of `fee`)"),
    Field("most", Shape.WHOLE, "the largest such amount (not of `fee`)"),
    Field("to", Shape.WORD, "the office whose that is; the treasury's if nothing is said (not of `fee`)"),
    Field(
        "push",
        Shape.WORD,
        "what the service takes that names a service with `show: push`: the wallet of that one asks the citizen for "
        "the money as soon as the request is filed (only of the first stage)",
    ),
    Field(
        "within_hours",
        Shape.WHOLE,
        "how long the citizen has, then until midnight: 1 to 720; 72 if nothing is said",
    ),
    Field("then", Shape.WORD, "the request's status when it is paid", True),
)
"""A stage of `work` that waits for money."""
OPERATION_CALL: Fields = (
    Field("office", Shape.WORD, "one of `offices`", True),
    Field("operation", Shape.WORD, "one of the office's operations", True),
    Field("with", Shape.WORDS, "the operation's parameter: what the service takes or an earlier operation gave"),
    Field("then", Shape.WORD, "the request's status when this is done (only under `work`)"),
)
