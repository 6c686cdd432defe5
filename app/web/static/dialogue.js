// One USSD session as the network keeps it: its id, all that was typed, and the hops so far.

import { eventDate, post, randomHex, read, sameBytes } from "./wire.js";

/** One of the codes and the inputs behind it (`*384*100*2*1#` gives ["2", "1"]), or null for somebody else's code. */
export function codeDialled(dialled, codes) {
  const leads = (code) => dialled === code || (dialled.startsWith(`${code.slice(0, -1)}*`) && dialled.endsWith("#"));
  const [serviceCode] = codes.filter(leads).sort((one, other) => other.length - one.length);
  if (serviceCode === undefined) return null;
  return { serviceCode, inputs: dialled === serviceCode ? [] : dialled.slice(serviceCode.length, -1).split("*") };
}

export class Dialogue {
  constructor(base, caller, inputs, log) {
    this.base = base;
    this.caller = { sessionId: `ATUid_${randomHex(16)}`, ...caller };
    this.inputs = inputs;
    this.log = log;
    this.startedAt = performance.now();
    this.hops = 0;
    this.last = null;
    this.cut = null;
    this.over = false;
  }

  dial() {
    return this.hop();
  }

  answer(input) {
    this.inputs.push(input);
    return this.hop();
  }

  /** Post the inputs so far. Gives what the handset shows, or null when the call was ended meanwhile. */
  async hop() {
    this.hops += 1;
    this.cut = new AbortController();
    const exchange = await post(`${this.base}/ussd`, { ...this.caller, text: this.inputs.join("*") }, this.cut);
    if (this.over) return null;
    this.last = exchange;
    const answer = read(exchange);
    this.log.hop(`hop ${this.hops}`, exchange, answer);
    if (answer.kind === "end") this.finish("Success", answer);
    if (answer.kind === "trouble") this.finish("Failed", answer);
    return answer;
  }

  /** The very same hop once more, as an aggregator's retry; gives a sentence about its bytes. */
  async again() {
    const first = this.last;
    const exchange = await post(`${this.base}/ussd`, first.fields);
    this.log.hop("again", exchange, read(exchange));
    if (exchange.failure) return exchange.failure;
    if (first.failure) return `The first copy got no answer; this one got ${exchange.bytes.length} bytes.`;
    const same = exchange.status === first.status && sameBytes(exchange.bytes, first.bytes);
    return same ? `Identical: the same ${exchange.bytes.length} bytes.` : "Different from the first answer.";
  }

  cancel() {
    if (this.over) return;
    this.finish("Incomplete", this.last ? read(this.last) : { whole: "", reason: "" });
    this.cut?.abort();
  }

  /** Tell the gateway that the session is over; nothing waits for its answer. */
  async finish(status, answer) {
    this.over = true;
    const fields = {
      date: eventDate(new Date()),
      ...this.caller,
      status,
      cost: "0.00",
      durationInMillis: String(Math.round(performance.now() - this.startedAt)),
      hopsCount: String(this.hops),
      hopsMetadata: "",
      input: this.inputs.join("*"),
      lastAppResponse: answer.whole,
    };
    if (status === "Failed") fields.errorMessage = answer.reason;
    this.log.event(`end of session: ${status}`, await post(`${this.base}/ussd/end`, fields));
  }
}
