"""The shipped pack with an ID office that sends one-time codes: whoever was verified renews a card, by phone or SMS."""

from __future__ import annotations

from app.pack_files import read_sources
from tests.lands import FLAT

OFFICE = """
  identity:
    adapter: mosip
    address: http://127.0.0.1:8100/idauthentication/v1
    secret: identity-token
    auth: {kind: header, header: Authorization}
    id_type: UIN
    environment: Developer
    domain_uri: https://ida.example
    partner_certificate: identity-partner
    ida_certificate: identity-theirs
    partner_id: identity-partner-id
    licence_key: identity-licence-key
    api_key: identity-api-key
    operations:
      send-code: {takes: [id], refused: {unknown: {}, no_phone: {}, blocked: {}}}
      check-code: {takes: [check, code], refused: {wrong: {}, expired: {}, blocked: {}}}
"""
SERVICE = """
  send-code:
    title: Khoutu
    kind: ask
    takes: {id: identity}
    purpose: civil-registration
    ask: {office: identity, operation: send-code, with: {id: id}}

  check-code:
    title: Khoutu
    kind: ask
    takes: {check: ticket, code: secret}
    ask: {office: identity, operation: check-code, with: {check: check, code: code}}

  card-renewal:
    title: Karete ea ID
    kind: file
    takes: {id: identity, verified: proof}
    purpose: civil-registration
    work:
      - {office: civil-registry, operation: renew, with: {id: id, evidence: verified, reference: reference}, then: done}
    sms:
      received: "Mohala: kopo ea karete {reference} e amohetsoe."
      stuck: "Mohala: kopo {reference} e lieha."
"""
RENEW = """
      renew:
        method: POST
        path: /cards
        takes: [id, evidence, reference]
        body: {id: "{id}", evidence: "{evidence}", reference: "{reference}"}
        answered: [200, 201]
"""
PROGRAM = """start: id
resume: {minutes: 10}
screens:
  id:
    ask: "Nomoro ea ID?"
    into: id
    type: identity
    to: send
  send:
    call: send-code
    with: {id: id}
    results: {check: check}
    answered: code
    refused: {unknown: unknown, no_phone: no_phone, blocked: blocked}
    late: {to: code, say: "Khoutu e ka lieha."}
    down: down
  code:
    ask: "Kenya linomoro tse 6 tse romeletsoeng mohala oa hau:"
    into: code
    type: secret
    shortest: 6
    longest: 6
    to: try
  try:
    call: check-code
    with: {check: check, code: code}
    results: {verified: verified}
    answered: renew
    refused:
      wrong: {to: code, say: "Khoutu e fosahetse."}
      expired: expired
      blocked: blocked
    late: late
    down: down
  renew:
    call: card-renewal
    with: {id: id, verified: verified}
    results: {reference: reference}
    answered: renewed
    refused: {unverified: expired}
  renewed: {end: "U netefalitsoe. Ref {reference}"}
  unknown: {end: "ID ena ha e tsejoe."}
  no_phone: {end: "Ha ho mohala o ngolisitsoeng."}
  blocked: {end: "Liteko li ngata haholo. Leka hosane."}
  expired: {end: "Khoutu e felletsoe ke nako. Qala hape."}
  late: {end: "Ofisi ha e so arabe. Qala hape hamorao."}
  down: {end: "Ofisi ha e fumanehe."}
"""
PHRASES = """  code_sms: "Romela CODE le linomoro tse 6, mohlala CODE 123456."
  no_code: "Mohala: ha ho khoutu e emetsoeng. Romela NETEFATSA le nomoro ea ID."
"""


def sources() -> dict[str, str]:
    """Path inside the pack -> text."""
    found, complaints = read_sources(FLAT)
    assert not complaints
    services = found["services.yaml"].replace("\nservices:\n", f"{OFFICE}\nservices:\n{SERVICE}")
    before = "      application:\n        method: GET"
    services = services.replace(before, f"{RENEW}\n{before}")
    welcome = found["welcome.yaml"].replace(
        "      8: {text: Puo", "      7: {text: Karete ea ID, to: card}\n      8: {text: Puo"
    )
    pack = found["pack.yaml"].replace("\nwords:\n", f"{PHRASES}\nwords:\n")
    entrances = found["entrances.yaml"] + "code_words: [CODE, KHOUTU]\n"
    entrances = entrances.replace("sms:\n", "sms:\n  NETEFATSA: card\n")
    changed = {"services.yaml": services, "card.yaml": PROGRAM, "welcome.yaml": welcome, "pack.yaml": pack}
    return {**found, **changed, "entrances.yaml": entrances}
