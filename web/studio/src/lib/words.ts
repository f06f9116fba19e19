/** The number of words in a text, and how long they take to speak. */

export const WORDS_A_SECOND = 3.2;

export function words(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

export function spokenSeconds(text: string): number {
  return words(text) / WORDS_A_SECOND;
}
