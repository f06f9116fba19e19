// Finds entries of the page by words. An entry has a `title` and a `text`; all words must be in them.
const apart = (text) => `${text} ${text.replace(/([a-z0-9])([A-Z])/g, "$1 $2")}`.toLowerCase();

export const indexed = (entry) => ({ ...entry, title: apart(entry.title), text: entry.text.toLowerCase() });

// The entries with most of the words in their titles come first; without words, all as they are.
export const find = (entries, query) => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const inTitle = ({ title }) => words.filter((word) => title.includes(word)).length;
  return entries
    .filter(({ title, text }) => words.every((word) => title.includes(word) || text.includes(word)))
    .sort((a, b) => inTitle(b) - inTitle(a));
};
