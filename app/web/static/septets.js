// What a text costs on the air, counted as the handset counts it: GSM 03.38 septets, else UCS-2.

/** A measure {unit, used, fits, most, culprit}: `fits` is the safe budget, `most` what a handset can show at all. */
export function measure(text, costs, limits) {
  let used = 0;
  for (const letter of text) {
    if (!(letter in costs)) {
      return { unit: "UCS-2 characters", used: text.length, fits: limits.ucs2, most: limits.ucs2Most, culprit: letter };
    }
    used += costs[letter];
  }
  return { unit: "septets", used, fits: limits.septets, most: limits.septetsMost, culprit: "" };
}

export function inWords({ unit, used, fits, most, culprit }) {
  const why = culprit ? ` (${culprit} is no GSM letter)` : "";
  const over = used > most ? ": no handset shows this" : used > fits ? ": some networks cut this" : "";
  return `${used} of ${fits} ${unit}${why}${over}`;
}

/** Parts an SMS takes: 160 septets or 70 UCS-2 characters alone, 153 or 67 in each of several. */
export function smsParts(text, costs) {
  const { unit, used } = measure(text, costs, {});
  const [alone, joined] = unit === "septets" ? [160, 153] : [70, 67];
  return { unit, used, parts: used <= alone ? 1 : Math.ceil(used / joined) };
}
