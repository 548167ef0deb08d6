// WhatsApp formatting: *bold* _italic_ ~strike~ `mono` and links, rendered as DOM nodes and never as HTML.

import { h } from './dom.js';

const MARKS = [
  ['link', String.raw`https?:\/\/[^\s<>"]+`],
  ['block', '```([^]+?)```'],
  ['mono', '`([^`\\n]+)`'],
  ['bold', String.raw`(?<![\p{L}\p{N}_*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\p{L}\p{N}_*])`],
  ['italic', String.raw`(?<![\p{L}\p{N}_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\p{L}\p{N}_])`],
  ['strike', String.raw`(?<![\p{L}\p{N}_~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\p{L}\p{N}_~])`],
];
const ANY = MARKS.map(([name, pattern]) => `(?<${name}>${pattern})`).join('|');
const TAGS = { block: 'code', mono: 'code', bold: 'strong', italic: 'em', strike: 's' };
const TAIL = /[.,!?:;'")\]]+$/;

export const safeUrl = (url) => (/^https?:\/\//i.test(url ?? '') && URL.canParse(url) ? url : null);

export const link = (url, label = url, props = {}) =>
  h('a', { href: url, target: '_blank', rel: 'noopener noreferrer', ...props }, label);

const piece = ({ groups, 0: whole }) => {
  const [name] = Object.entries(groups).find(([, found]) => found !== undefined);
  if (name === 'link') {
    const tail = whole.match(TAIL)?.[0] ?? '';
    const url = whole.slice(0, whole.length - tail.length);
    return safeUrl(url) ? [link(url), tail] : [whole];
  }
  const wide = name === 'block' ? 3 : 1;
  const inner = whole.slice(wide, -wide);
  return [h(TAGS[name], {}, TAGS[name] === 'code' ? inner : formatted(inner))];
};

export const formatted = (text) => {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(new RegExp(ANY, 'gu'))) {
    nodes.push(text.slice(at, match.index), ...piece(match));
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== '');
};
