// Letters from twelve keys: pressing the same key again soon takes the next letter on it.

export const KEYS = [
  ["1", ".,?!'-@1", ".,?"], ["2", "abc2", "abc"], ["3", "def3", "def"],
  ["4", "ghi4", "ghi"], ["5", "jkl5", "jkl"], ["6", "mno6", "mno"],
  ["7", "pqrs7", "pqrs"], ["8", "tuv8", "tuv"], ["9", "wxyz9", "wxyz"],
  ["*", "*+/()", "+"], ["0", " 0", "␣"], ["#", "#", "abc"],
];
const MODES = ["123", "abc", "ABC"];
const SAME_LETTER_MS = 1000;
const LETTERS = Object.fromEntries(KEYS.map(([key, letters]) => [key, letters]));

export function nextMode(mode) {
  return MODES[(MODES.indexOf(mode) + 1) % MODES.length];
}

export class MultiTap {
  #key = "";
  #at = -Infinity;
  #place = 0;
  #typed = "";

  /** The line after `key` was pressed `at` a time in milliseconds, in one of the modes 123, abc, ABC. */
  press(line, key, mode, at) {
    if (mode === "123") return line + key;
    const letters = mode === "ABC" ? LETTERS[key].toUpperCase() : LETTERS[key];
    const cycles = key === this.#key && line === this.#typed && at - this.#at < SAME_LETTER_MS;
    this.#place = cycles ? (this.#place + 1) % letters.length : 0;
    this.#typed = (cycles ? line.slice(0, -1) : line) + letters[this.#place];
    this.#key = key;
    this.#at = at;
    return this.#typed;
  }

  /** The letter stands: the next press begins a new one. */
  settle() {
    this.#key = "";
  }
}
