import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

const SRC = join(import.meta.dirname, "../src");
/** Attributes that people see or hear. */
const VISIBLE = new Set(
  "aria-label label title placeholder alt hint caption legend busyLabel done missing aside noun sure".split(" "),
);
/** Names, commands and units that are the same in every language. */
const SAME = /^(Callsheet|API|SRT|VTT|CSV|JSON|Flower|SHA-256|LUFS|JPEG, PNG, WebP, HEIC|p|s|ms|min)$/;

export interface Strings {
  /** The texts that a catalogue must have. */
  keys: string[];
  /** Texts that stand in the markup itself. */
  literals: string[];
}

/** Read the texts of the page out of its sources. */
export function stringsOfThePage(): Strings {
  const keys = new Set<string>();
  const literals: string[] = [];
  for (const path of sources(SRC)) {
    const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true, kind);
    const found = (text: string) => {
      if (/\p{L}/u.test(text) && !SAME.test(text.trim())) literals.push(`${relative(SRC, path)}: ${text.trim()}`);
    };
    visit(file, keys, found);
  }
  return { keys: [...keys].sort(), literals };
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "i18n" ? [] : sources(path);
    return /\.tsx?$/.test(path) && entry.name !== "schema.d.ts" ? [path] : [];
  });
}

function visit(node: ts.Node, keys: Set<string>, literal: (text: string) => void): void {
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) note(node, node.expression.text, keys);
  if (ts.isJsxText(node) && !isCode(node.parent)) literal(node.text);
  if (ts.isJsxAttribute(node) && node.initializer && VISIBLE.has(node.name.getText())) shown(node.initializer, literal);
  if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) shown(node.expression, literal);
  ts.forEachChild(node, (child) => visit(child, keys, literal));
}

/** Note the text of a call that translates it. */
function note(call: ts.CallExpression, name: string, keys: Set<string>): void {
  const [first, ...rest] = call.arguments;
  if ((name === "t" || name === "rich") && first && ts.isStringLiteralLike(first)) keys.add(first.text);
  const [, one, several] = call.arguments;
  if (name !== "count" || !one || !rest.length || !ts.isStringLiteralLike(one)) return;
  keys.add(`${one.text}|${several && ts.isStringLiteralLike(several) ? several.text : `${one.text}s`}`);
}

/** Report the literals that an expression may show. */
function shown(node: ts.Node, literal: (text: string) => void): void {
  if (ts.isStringLiteralLike(node)) literal(node.text);
  if (ts.isJsxExpression(node) && node.expression) shown(node.expression, literal);
  if (ts.isParenthesizedExpression(node)) shown(node.expression, literal);
  if (ts.isTemplateExpression(node)) {
    literal([node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join(" "));
  }
  if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach((one) => shown(one, literal));
  if (ts.isBinaryExpression(node) && /^(&&|\|\||\?\?)$/.test(node.operatorToken.getText())) shown(node.right, literal);
}

function isCode(node: ts.Node): boolean {
  return ts.isJsxElement(node) && node.openingElement.tagName.getText() === "code";
}
