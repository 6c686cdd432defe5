"""The pack of the crash matrix: the shipped one, with an office of each kind and a way in for each of its journeys."""

from __future__ import annotations

from tests.work import agent, consent, identity, pushed

ENTRANCES = {
    "*384*26601#": "land",  # costs a fee, then clerks search
    "*384*26602#": "deed",  # clerks search, and it costs nothing
    "*384*26603#": "card",  # who it is, by a one-time code
    "*384*26604#": "late-birth",  # behind X-Road
    "*384*26605#": "units",  # paid by M-Pesa
    "*384*26606#": "complaint",
    "*384*26607#": "own-wallet",  # a bill of the caller's own, or of whoever told them the code, from their wallet
}
OFFICES = """
  registry:
    adapter: x_road
    address: http://127.0.0.1:8100/x-road
    client: LS-SANDBOX/GOV/MOHALA/GATEWAY
    provider: LS-SANDBOX/GOV/HOME-AFFAIRS/REGISTRY
    operations:
      person:
        method: GET
        path: /people/{id}
        service_code: civil
        takes: [id]
        user: id
        answered: [200]
        refused: {unknown: {status: 404}}
      register-birth:
        method: POST
        path: /births
        service_code: civil
        takes: [sex, born, district, mother_id, informant, reference]
        issue: reference
        body:
          child_sex: "{sex}"
          born: "{born}"
          district: "{district}"
          mother_id: "{mother_id}"
          informant: "{informant}"
          reference: "{reference}"
        results: {application: {from: application, longest: 20}}
        answered: [200, 201]
        refused: {mother_unknown: {status: 422, field: code, value: mother_unknown}}

  m-pesa:
    adapter: m_pesa
    address: http://127.0.0.1:8100/m-pesa/sandbox
    secret: m-pesa
    public_key: m-pesa-public-key
    market: vodacomLES
    country: LES
    provider_code: "000001"
    mode: async
    operations:
      request-payment:
        takes: [msisdn, amount, currency, reference, text]
        results: {payment: {longest: 40}}
        refused: {insufficient_funds: {}, declined: {}, limit: {}, expired: {}, refused: {}}
"""
SERVICES = """
  deed-search:
    title: Patlo ea lengolo
    kind: file
    takes: {plot: text}
    purpose: search
    work:
      - {office: land, operation: search, with: {plot: plot, district: plot, number: msisdn}, then: done}
    sms:
      received: "Mohala: patlo {reference} e amohetsoe."
      stuck: "Mohala: patlo {reference} e lieha."
      query: "Mohala: patlo {reference}: {note}"
      ready: "Mohala: patlo {reference} e loketse ho nkuoa: {where}"
      done: "Mohala: patlo {reference} e phethiloe. {note}"
      refused: "Mohala: patlo {reference} e hanetsoe: {reason}"
      status: "Mohala: patlo {reference}. Boemo: {status}"

  late-birth:
    title: Tsoalo
    kind: file
    takes: {sex: text, born: date, district: text, mother_id: identity, informant: text}
    purpose: search
    classes: {sex: child, born: child, district: child, application: public}
    work:
      - office: registry
        operation: register-birth
        with:
          sex: sex
          born: born
          district: district
          mother_id: mother_id
          informant: informant
          reference: reference
        then: done
    sms:
      received: "Mohala: tsoalo {reference} e amohetsoe."
      stuck: "Mohala: tsoalo {reference} e lieha."
      done: "Mohala: tsoalo {reference} e ngolisitsoe: {application}"
      refused: "Mohala: tsoalo {reference} e hanetsoe: {reason}"

  card-renewal:
    title: Karete ea ID
    kind: file
    takes: {id: identity, verified: proof}
    purpose: search
    work:
      - {office: registry, operation: person, with: {id: id}, then: done}
    sms:
      received: "Mohala: kopo ea karete {reference} e amohetsoe."
      stuck: "Mohala: kopo {reference} e lieha."
      done: "Mohala: kopo ea karete {reference} e phethiloe."
      refused: "Mohala: kopo ea karete {reference} e hanetsoe: {reason}"

  units:
    title: Motlakase
    kind: file
    takes: {meter: meter, amount: amount}
    purpose: electricity
    classes: {kwh: public}
    work:
      - office: m-pesa
        operation: request-payment
        with: {msisdn: msisdn, amount: amount, currency: currency, reference: reference, text: title}
        then: in_progress
      - office: electricity
        operation: vend
        with: {meter: meter, amount: amount, currency: currency, payment: payment}
        then: done
    sms:
      received: "Mohala: motlakase {reference} o amohetsoe."
      done: "Mohala: motlakase {reference}. Token {token} ({kwh} kWh)"
      refused: "Mohala: motlakase {reference}: tefo ha ea etsahala: {reason}."
      stuck: "Mohala: motlakase {reference}: motho o tla bo hlahloba. Se ke oa lefa hape."
      stuck_after: "Mohala: motlakase {reference}: tefo e amohetsoe. Motho o tla e hlahloba."
"""
PURPOSE = """
  search:
    text: Re sebelisa seo u se ngotseng ho etsa seo u se kopileng.
    basis: public_task
    source: the crash matrix
    version: 1
    days: 365
"""
DEED = """start: plot
resume: {minutes: 10}
screens:
  plot: {ask: "Lengolo la setsha?", into: plot, type: text, shortest: 4, longest: 20, to: sure}
  sure: {confirm: "Patlo ea lengolo {plot}", yes: file, no: stopped}
  file: {call: deed-search, with: {plot: plot}, results: {reference: reference}, answered: filed}
  filed: {end: "Patlo e amohetsoe. Ref {reference}"}
  stopped: {end: "Ha ho letho le rometsoeng."}
"""
LATE_BIRTH = """start: born
resume: {minutes: 10}
screens:
  born: {ask: "Letsatsi la tsoalo? (5/3/2026)", into: born, type: date, earliest: 1900-01-01, latest: today, to: mother}
  mother: {ask: "ID ea 'm'a ngoana?", into: mother_id, type: identity, to: sure}
  sure: {confirm: "Ngolisa tsoalo {born}", yes: file, no: stopped}
  file:
    call: late-birth
    with:
      sex: {always: female}
      born: born
      district: {always: Maseru}
      mother_id: mother_id
      informant: {always: mother}
    results: {reference: reference}
    answered: filed
  filed: {end: "Tsoalo e amohetsoe. Ref {reference}"}
  stopped: {end: "Ha ho letho le rometsoeng."}
"""
AGENT_STEPS = """
  agent-order: {title: Tefo, kind: agent, step: order}
  agent-confirm: {title: Tefo, kind: agent, step: confirm}
  agent-drop: {title: Tefo, kind: agent, step: drop}
"""
AGENT_PHRASES = """
  agent_late: "Tefo eo ha e sa emetse. Ha ho letho le lefiloeng."
  agent_sent: "{service}: ofisi e botsitsoe. Ref {reference}"
  agent_tried: "Ho lekiloe hangata haholo kajeno. Ha ho letho le rometsoeng."
"""
TILL = """start: bill
screens:
  bill: {ask: "Nomoro ea tefo?", into: code, type: text, shortest: 10, longest: 14, to: amount}
  amount: {ask: "Chelete eo moahi a e tlisang?", into: amount, type: amount, least: 10, most: 100000, to: order}
  order:
    call: agent-order
    with: {bill: code, amount: amount}
    results: {order: order, bill: bill, total: total, citizen: citizen}
    answered: check
    refused:
      unknown: nothing
      amount: nothing
      own: nothing
      elsewhere: nothing
      under_way: nothing
      settled: settled
      over: nothing
      short: nothing
      barred: nothing
      blocked: nothing
  check: {confirm: "Amohela chelete? {total}, tefo {bill}, moahi {citizen}", yes: confirm, no: drop}
  confirm: {call: agent-confirm, with: {order: order}, answered: paying, refused: {lapsed: nothing, barred: nothing}}
  drop: {call: agent-drop, with: {order: order}, answered: nothing}
  paying: {end: "{bill} {total}: e ntse e lefuoa."}
  settled: {end: "Tefo ena e se e lefiloe pele."}
  nothing: {end: "Ha ho letho le lefiloeng."}
"""
UNITS = """start: meter
resume: {minutes: 10}
screens:
  meter: {ask: "Mitara ea hao?", into: meter, type: meter, to: amount}
  amount: {ask: "Bokae?", into: amount, type: amount, least: 10, most: 1000, to: sure}
  sure: {confirm: "Motlakase {amount} ka M-Pesa, mitara {meter}", yes: buy, no: stopped}
  buy: {call: units, with: {meter: meter, amount: amount}, results: {reference: reference}, answered: asked}
  asked: {end: "Sheba mohala oa hau. Ref {reference}"}
  stopped: {end: "Ha ho letho le rometsoeng."}
"""
OWN_WALLET = """start: code
resume: {minutes: 10}
screens:
  code: {ask: "Nomoro ea tefo?", into: code, type: text, shortest: 10, longest: 14, to: look}
  look:
    call: one-bill
    with: {bill: code}
    results: {bill: bill, title: title, fee: fee, charge: charge, total: total, until: until}
    answered: sure
    refused:
      {unknown: nothing, settled: settled, waiting: nothing, over: nothing, under_way: under_way, too_many: nothing}
  sure: {confirm: "Lefa {title} {bill}? {fee} + {charge} = {total}", yes: push, no: nothing}
  push:
    call: by-wallet
    with: {bill: code}
    answered: asked
    refused: {settled: settled, waiting: nothing, over: nothing, under_way: under_way, too_many: nothing}
  asked: {end: "Sheba mohala oa hau."}
  under_way: {end: "Karabo e ntse e emetsoe."}
  settled: {end: "Tefo ena e se e lefiloe pele."}
  nothing: {end: "Ha ho letho le lefiloeng."}
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text."""
    found = agent.sources()
    codes = identity.SERVICE.partition("\n  card-renewal:")[0].replace("civil-registration", "search")
    head, mark, search = found["services.yaml"].partition("  plot-search:\n")
    assert mark
    services = head + mark + search.replace("purpose: civil-registration", "purpose: search", 1)
    services = services.replace(
        "\nservices:\n", f"{OFFICES}{identity.OFFICE}\nservices:\n{SERVICES}{pushed.SERVICES}{AGENT_STEPS}{codes}\n", 1
    )
    services = _replaced(services, ("within_hours: 48", "within_hours: 1"), ("follow_hours: 6", "follow_hours: 1"))
    asked = consent.sources()
    births, purposes = asked["birth-certificate.yaml"], asked["services.yaml"].partition("\npurposes:\n")[2]
    services = services.partition("\npurposes:\n")[0] + "\npurposes:" + PURPOSE + purposes
    entrances = found["entrances.yaml"].replace(
        "ussd:\n", "ussd:\n" + "".join(f'  "{code}": {program}\n' for code, program in ENTRANCES.items()), 1
    )
    entrances = entrances.replace("agents_ussd:\n", 'agents_ussd:\n  "*384*26616#": till\n', 1)
    entrances = entrances.replace("sms:\n", "sms:\n  NETEFATSA: card\n", 1) + "code_words: [CODE, KHOUTU]\n"
    return {
        **found,
        "services.yaml": services,
        "entrances.yaml": entrances,
        "birth-certificate.yaml": births,
        "assist.yaml": asked["assist.yaml"],
        "languages/en.yaml": _replaced(found["languages/en.yaml"], *consent.NOT_FOR_AGENTS),
        "pack.yaml": found["pack.yaml"].replace("\nwords:\n", f"{identity.PHRASES}{AGENT_PHRASES}\nwords:\n", 1),
        "card.yaml": identity.PROGRAM,
        "land.yaml": _replaced(found["land.yaml"], ("start: plot\n", "start: plot\nresume: {minutes: 10}\n")),
        "complaint.yaml": _replaced(
            found["complaint.yaml"], ("start: about\n", "start: about\nresume: {minutes: 10}\n")
        ),
        "deed.yaml": DEED,
        "late-birth.yaml": LATE_BIRTH,
        "own-wallet.yaml": OWN_WALLET,
        "till.yaml": TILL,
        "units.yaml": UNITS,
    }


def _replaced(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
