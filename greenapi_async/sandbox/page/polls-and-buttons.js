// Polls and interactive buttons.

import { act } from './api.js';
import { show } from './dialogs.js';
import { button, copy, h, renderIfChanged } from './dom.js';
import { formatted, link, safeUrl } from './format.js';
import { icon } from './icons.js';
import { nameOf } from './names-and-times.js';
import { actor, chat, state } from './store.js';
import { withErrorToast, toast } from './toast.js';

const who = (row) => {
  const as = actor(row.chatId);
  return as === 'account' ? state.instance.wid : as;
};

const count = (votes) => (votes === 1 ? '1 vote' : `${votes} votes`);

// A poll is rendered once; votes update it in place, so that the focus stays on its option.
export const poll = (row) => {
  const { name, options = [], multipleAnswers } = row.content.pollMessageData ?? {};
  const idMessage = row.idMessage;
  const vote = (chosen) => withErrorToast(() => act(row.chatId, { vote: { idMessage, options: chosen } }), sync);
  const made = options.map(({ optionName }) => {
    const box = h('input', { type: multipleAnswers ? 'checkbox' : 'radio', name: `poll-${idMessage}`, on: { change: () => vote(picked()) } });
    const bar = h('span', { class: 'bar' });
    const result = h('span', { class: 'poll-result' });
    return { optionName, box, bar, result, node: h('label', { class: 'option' }, box, h('span', { class: 'option-name' }, optionName), result, h('span', { class: 'track' }, bar)) };
  });
  const picked = () => made.filter(({ box }) => box.checked).map(({ optionName }) => optionName);
  const back = button('Remove vote', () => vote([]), { class: 'bare small' });
  let now = row;
  const sync = () => {
    const mine = now.votes[who(now)] ?? [];
    for (const { optionName, box } of made) box.checked = mine.includes(optionName);
    back.hidden = mine.length === 0;
  };
  const update = (next) => {
    now = next;
    const all = Object.entries(next.votes).filter(([, chosen]) => chosen.length);
    for (const { optionName, bar, result } of made) {
      const voters = all.filter(([, chosen]) => chosen.includes(optionName)).map(([voter]) => nameOf(voter, chat(next.chatId)));
      bar.style.inlineSize = `${all.length ? (100 * voters.length) / all.length : 0}%`;
      renderIfChanged(result, voters.join('\n'), () => [count(voters.length), voters.length ? h('span', { class: 'voters' }, voters.join(', ')) : null]);
    }
    sync();
  };
  const legend = h('legend', {}, name, h('small', {}, multipleAnswers ? 'Choose one or more' : 'Choose one'));
  const node = h('fieldset', { class: 'poll' }, legend, made.map((one) => one.node), back);
  return { node, update };
};

const label = (text) => (typeof text === 'object' ? text?.displayText : text) || 'Button';

const press = (row, buttonId) => withErrorToast(() => act(row.chatId, { press: { idMessage: row.idMessage, buttonId: String(buttonId) } }));

const linkButton = (text, url) =>
  safeUrl(url) ? link(url, [icon('link'), label(text)], { class: 'press' }) : button(label(text), () => toast(`Not a web address: ${url}`), { class: 'press' });

const phoneButton = (text, phone) => button([icon('phone'), label(text)], () => toast(`On a phone, this calls ${phone}.`), { class: 'press' });

const copyButton = (text, code) =>
  button([icon('copy'), label(text)], () => withErrorToast(async () => { await copy(code); toast(`Copied: ${code}`); }), { class: 'press' });

const one = (row, choice) => {
  const { quickReplyButton: reply, urlButton, callButton } = choice;
  if (urlButton) return linkButton(urlButton.displayText, urlButton.url);
  if (callButton) return phoneButton(callButton.displayText, callButton.phoneNumber);
  if (reply) return button(label(reply.displayText), () => press(row, reply.id), { class: 'press' });
  if (choice.url) return linkButton(choice.buttonText, choice.url);
  if (choice.phoneNumber) return phoneButton(choice.buttonText, choice.phoneNumber);
  if (choice.copyCode) return copyButton(choice.buttonText, choice.copyCode);
  return button(label(choice.buttonText), () => press(row, choice.buttonId), { class: 'press' });
};

const listButton = (row, { buttonText, title, sections = [] }) => {
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

const WITH_BUTTONS = ['buttonsMessage', 'templateMessage', 'listMessage', 'interactiveButtons', 'interactiveButtonsReply'];

// Render the texts and buttons of a message with buttons; null if it has none.
export const interactiveButtons = (row) => {
  const key = WITH_BUTTONS.find((name) => name === row.typeMessage);
  const content = key && (row.content[key] ?? row.content[`${key[0].toUpperCase()}${key.slice(1)}`]);
  if (!content) return null;
  const head = content.header ?? content.titleText ?? content.title;
  const text = content.body ?? content.contentText ?? row.text;
  const foot = content.footer ?? content.footerText;
  const buttons = content.sections ? listButton(row, content) : (content.buttons ?? []).map((choice) => one(row, choice));
  return [
    head && h('p', { class: 'text' }, h('strong', {}, head)),
    h('p', { class: 'text' }, formatted(text ?? '')),
    foot && h('p', { class: 'text foot' }, foot),
    h('fieldset', { class: 'presses', 'aria-label': 'Choices' }, buttons),
  ];
};
