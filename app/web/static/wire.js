// The aggregator's wire, spoken from its own side: forms go out, CON or END comes back.

const ANSWER_WITHIN_MS = 10_000; // Africa's Talking waits no longer for an answer

export function randomHex(octets) {
  const bytes = crypto.getRandomValues(new Uint8Array(octets));
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** The beginning of a number decides its network; the longest beginning wins. */
export function networkOf(msisdn, networkCodes) {
  const fitting = Object.keys(networkCodes).filter((beginning) => msisdn.startsWith(beginning));
  fitting.sort((one, other) => other.length - one.length);
  return fitting.length ? networkCodes[fitting[0]] : "99999";
}

/** POST a form; never throws. Gives {fields, status, bytes, ms, failure}; `failure` is a sentence, or empty. */
export async function post(url, fields, cut = new AbortController()) {
  const started = performance.now();
  const done = (status, bytes, failure) => ({ fields, status, bytes, ms: Math.round(performance.now() - started), failure });
  let late = false;
  const timer = setTimeout(() => { late = true; cut.abort(); }, ANSWER_WITHIN_MS);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields).toString(),
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      signal: cut.signal,
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return done(response.status, bytes, response.type === "opaqueredirect" ? "The gateway answered with a redirect." : "");
  } catch {
    return done(0, new Uint8Array(), failureOf(late, cut.signal.aborted));
  } finally {
    clearTimeout(timer);
  }
}

function failureOf(late, aborted) {
  if (late) return `The gateway gave no answer within ${ANSWER_WITHIN_MS / 1000} s.`;
  return aborted ? "The call was ended before an answer came." : "The gateway could not be reached.";
}

/** What a handset makes of an exchange: {kind: "con" | "end" | "trouble", text, whole, reason}. */
export function read(exchange) {
  const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(exchange.bytes);
  const trouble = (reason) => ({ kind: "trouble", text: "", whole, reason });
  if (exchange.failure) return trouble(exchange.failure);
  if (exchange.status !== 200) return trouble(`The gateway answered with HTTP ${exchange.status}; only 200 is an answer.`);
  if (whole === "") return trouble("The gateway's answer is empty.");
  if (whole.startsWith("CON ")) return { kind: "con", text: whole.slice(4), whole, reason: "" };
  if (whole.startsWith("END ")) return { kind: "end", text: whole.slice(4), whole, reason: "" };
  return trouble(`The answer begins neither with “CON ” nor with “END ”: “${whole.slice(0, 40)}”.`);
}

export function sameBytes(one, other) {
  return one.length === other.length && one.every((octet, place) => octet === other[place]);
}

/** UTC as `2026-11-23 10:11:12`, the way end-of-session events carry it. */
export function eventDate(now) {
  return now.toISOString().slice(0, 19).replace("T", " ");
}
