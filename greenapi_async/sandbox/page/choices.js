// Polls to vote in, and buttons to press.

import { act } from './api.js';
import { show } from './dialogs.js';
import { button, copy, h, part } from './dom.js';
import { formatted, link, safeUrl } from './format.js';
import { icon } from './icons.js';
import { nameOf } from './people.js';
import { actor, chat, state } from './store.js';
import { telling, toast } from './toast.js';

const who = (row) => {
  const as = actor(row.chatId);
  return as === 'account' ? state.instance.wid : as;
};

const count = (votes) => (votes === 1 ? '1 vote' : `${votes} votes`);

// A poll is made once; votes only change what it says, so that nobody loses the option they are on.
export const poll = (row) => {
  const { name, options = [], multipleAnswers } = row.content.pollMessageData ?? {};
  const idMessage = row.idMessage;
  const vote = (chosen) => telling(() => act(row.chatId, { vote: { idMessage, options: chosen } }), sync);
  const made = options.map(({ optionName }) => {
    const box = h('input', { type: multipleAnswers ? 'checkbox' : 'radio', name: `poll-${idMessage}`, on: { change: () => vote(picked()) } });
    const bar = h('span', { class: 'bar' });
    const told = h('span', { class: 'told' });
    return { optionName, box, bar, told, node: h('label', { class: 'option' }, box, h('span', { class: 'option-name' }, optionName), told, h('span', { class: 'track' }, bar)) };
  });
  const picked = () => made.filter(({ box }) => box.checked).map(({ optionName }) => optionName);
  const back = button('Take the vote back', () => vote([]), { class: 'bare small' });
  let now = row;
  const sync = () => {
    const mine = now.votes[who(now)] ?? [];
    for (const { optionName, box } of made) box.checked = mine.includes(optionName);
    back.hidden = mine.length === 0;
  };
  const update = (next) => {
    now = next;
    const all = Object.entries(next.votes).filter(([, chosen]) => chosen.length);
    for (const { optionName, bar, told } of made) {
      const voters = all.filter(([, chosen]) => chosen.includes(optionName)).map(([voter]) => nameOf(voter, chat(next.chatId)));
      bar.style.inlineSize = `${all.length ? (100 * voters.length) / all.length : 0}%`;
      part(told, voters.join('\n'), () => [count(voters.length), voters.length ? h('span', { class: 'voters' }, voters.join(', ')) : null]);
    }
    sync();
  };
  const legend = h('legend', {}, name, h('small', {}, multipleAnswers ? 'Choose one or more' : 'Choose one'));
  const node = h('fieldset', { class: 'poll' }, legend, made.map((one) => one.node), back);
  return { node, update };
};

const label = (text) => (typeof text === 'object' ? text?.displayText : text) || 'Button';

const press = (row, buttonId) => telling(() => act(row.chatId, { press: { idMessage: row.idMessage, buttonId: String(buttonId) } }));

const outward = (text, url) =>
  safeUrl(url) ? link(url, [icon('link'), label(text)], { class: 'press' }) : button(label(text), () => toast(`This is no web address: ${url}`), { class: 'press' });

const calling = (text, phone) => button([icon('phone'), label(text)], () => toast(`On a phone this calls ${phone}.`), { class: 'press' });

const copying = (text, code) =>
  button([icon('copy'), label(text)], () => telling(async () => { await copy(code); toast(`Copied: ${code}`); }), { class: 'press' });

const one = (row, choice) => {
  const { quickReplyButton: reply, urlButton, callButton } = choice;
  if (urlButton) return outward(urlButton.displayText, urlButton.url);
  if (callButton) return calling(callButton.displayText, callButton.phoneNumber);
  if (reply) return button(label(reply.displayText), () => press(row, reply.id), { class: 'press' });
  if (choice.url) return outward(choice.buttonText, choice.url);
  if (choice.phoneNumber) return calling(choice.buttonText, choice.phoneNumber);
  if (choice.copyCode) return copying(choice.buttonText, choice.copyCode);
  return button(label(choice.buttonText), () => press(row, choice.buttonId), { class: 'press' });
};

const listed = (row, { buttonText, title, sections = [] }) => {
  const open = () => {
    const pick = ({ rowId }) => {
      dialog.close();
      press(row, rowId);
    };
    const line = (each) => button([h('strong', {}, each.title), each.description && h('span', {}, each.description)], () => pick(each), { class: 'pick-row' });
    const dialog = show(title || label(buttonText), sections.map((section) => h('section', { class: 'pick-list' }, h('h3', {}, section.title), (section.rows ?? []).map(line))));
  };
  return button(label(buttonText), open, { class: 'press', 'aria-haspopup': 'dialog' });
};

const OFFERS = ['buttonsMessage', 'templateMessage', 'listMessage', 'interactiveButtons', 'interactiveButtonsReply'];

// The texts and the buttons of a message that has them, or null.
export const offer = (row) => {
  const key = OFFERS.find((name) => name === row.typeMessage);
  const told = key && (row.content[key] ?? row.content[`${key[0].toUpperCase()}${key.slice(1)}`]);
  if (!told) return null;
  const head = told.header ?? told.titleText ?? told.title;
  const text = told.body ?? told.contentText ?? row.text;
  const foot = told.footer ?? told.footerText;
  const buttons = told.sections ? listed(row, told) : (told.buttons ?? []).map((choice) => one(row, choice));
  return [
    head && h('p', { class: 'text' }, h('strong', {}, head)),
    h('p', { class: 'text' }, formatted(text ?? '')),
    foot && h('p', { class: 'text foot' }, foot),
    h('fieldset', { class: 'presses', 'aria-label': 'Choices' }, buttons),
  ];
};
