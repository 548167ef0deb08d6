// The input for new messages.

import { act, read } from './api.js';
import { attachMenu, sendFiles } from './attachments.js';
import { button, h, renderIfChanged, setHidden, setText } from './dom.js';
import { icon } from './icons.js';
import { nameOf, summary } from './names-and-times.js';
import { ACCOUNT, actor, change, chat, draft, isUnread, message, quoting, remember, rows, state, subscribe } from './store.js';
import { withErrorToast } from './toast.js';

const LINES = 160;

const text = h('textarea', { id: 'message-text', rows: 1, 'aria-label': 'Message', placeholder: 'Write a message' });
const who = h('select', { id: 'writing-as' });
const clip = h('button', { type: 'button', class: 'bare', 'aria-label': 'Attach', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, icon('clip'));
const reply = h('div', { class: 'reply' });
const auto = h('input', { type: 'checkbox', role: 'switch', checked: state.autoRead });
const mark = button('Mark as read', () => withErrorToast(() => read(state.chatId)), { class: 'small' });
let shown = null;

const grow = () => {
  text.style.blockSize = 'auto';
  text.style.blockSize = `${Math.min(text.scrollHeight + 2, LINES)}px`;
};

const setDraft = (value) => {
  draft(state.chatId).text = value;
  text.value = value;
  grow();
};

// The input is cleared at once; if sending fails, the text is restored in front of what was typed since.
const send = async () => {
  const { id, chatId } = state;
  const words = text.value;
  if (!words.trim()) return;
  const quotes = draft(chatId).reply;
  const what = { text: words, ...quoting(chatId) };
  change(() => { draft(chatId).reply = null; });
  setDraft('');
  await withErrorToast(() => act(chatId, what), () => {
    if (state.id !== id) return;
    const { text: since, reply: other } = draft(chatId);
    const back = { text: [words, since].filter(Boolean).join('\n'), reply: other ?? quotes };
    change((s) => { s.drafts.set(chatId, back); });
    if (state.chatId === chatId) setDraft(back.text);
  });
};

const onKey = (event) => {
  if (event.key === 'Escape' && draft(state.chatId).reply) change(() => { draft(state.chatId).reply = null; });
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
};

const dropped = (transfer) => [...(transfer?.files ?? [])];

// Office programs copy a picture along with a text; the text is pasted then.
const pasted = (event) => {
  const { types = [] } = event.clipboardData ?? {};
  if (!['text/plain', 'text/html'].every((type) => types.includes(type))) takeFiles(event, event.clipboardData);
};

const takeFiles = (event, transfer) => {
  const files = dropped(transfer);
  if (!files.length || !state.chatId) return;
  event.preventDefault();
  sendFiles(state.chatId, files);
};

const drawWriters = (room) => {
  const people = room.isGroup ? (room.members ?? []).filter((one) => !one.isAccount).map((one) => one.chatId) : [room.chatId];
  const all = [...people.map((one) => [one, nameOf(one, room)]), [ACCOUNT, 'The account’s phone']];
  renderIfChanged(who, JSON.stringify([room.chatId, all]), () => all.map(([value, label]) => h('option', { value }, label)));
  const now = actor(room.chatId);
  if (who.value !== now) who.value = now;
};

const drawReply = ({ chatId, isGroup, members }) => {
  const quoted = message(chatId, draft(chatId).reply);
  setHidden(reply, !quoted);
  renderIfChanged(reply, JSON.stringify([quoted?.idMessage, quoted?.text]), () => {
    if (!quoted) return [];
    const drop = () => {
      change(() => { draft(chatId).reply = null; });
      text.focus();
    };
    const name = nameOf(quoted.sender, isGroup ? { members } : null);
    return [h('span', { class: 'quote' }, h('strong', {}, `Reply to ${name}`), h('span', {}, summary(quoted))), button(icon('close'), drop, { class: 'bare', 'aria-label': 'Cancel reply' })];
  });
};

const draw = () => {
  const room = chat();
  if (!room) {
    shown = null;
    return;
  }
  drawWriters(room);
  drawReply(room);
  setHidden(mark, state.autoRead || !rows(room.chatId).some(isUnread));
  if (shown === room.chatId) return;
  shown = room.chatId;
  setDraft(draft(room.chatId).text);
};

const watchDrops = (place, hint) => {
  let depth = 0;
  const inside = (step) => {
    depth = Math.max(0, depth + step);
    setHidden(hint, depth === 0);
  };
  const carries = (event) => event.dataTransfer?.types.includes('Files');
  place.addEventListener('dragenter', (event) => carries(event) && inside(1));
  place.addEventListener('dragleave', (event) => carries(event) && inside(-1));
  place.addEventListener('dragover', (event) => carries(event) && event.preventDefault());
  place.addEventListener('drop', (event) => {
    inside(-depth);
    takeFiles(event, event.dataTransfer);
  });
  // without this, the browser would open a file that is dropped next to the conversation
  for (const type of ['dragover', 'drop']) {
    addEventListener(type, (event) => {
      if (carries(event) && !event.target.closest?.('input[type=file]')) event.preventDefault();
    });
  }
};

export const startComposer = (place, whole) => {
  const box = h('form', { class: 'composer', 'aria-label': 'Write a message' }, clip, text, h('button', { type: 'submit', class: 'main round', 'aria-label': 'Send' }, icon('send')));
  box.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
    text.focus();
  });
  clip.addEventListener('click', () => attachMenu(clip, state.chatId));
  text.addEventListener('keydown', onKey);
  text.addEventListener('input', () => {
    draft(state.chatId).text = text.value;
    grow();
  });
  text.addEventListener('paste', pasted);
  who.addEventListener('change', () => change((s) => s.actors.set(s.chatId, who.value)));
  auto.addEventListener('change', () => {
    remember('autoRead', auto.checked ? 'yes' : 'no');
    change((s) => { s.autoRead = auto.checked; });
  });
  const drop = h('div', { class: 'drop-here', hidden: true });
  setText(drop, 'Drop files to send them');
  watchDrops(whole, drop);
  const options = h('div', { class: 'writing' }, h('label', { class: 'pick' }, h('span', {}, h('span', { class: 'wide' }, 'Writing '), 'as'), who), h('label', { class: 'switch' }, auto, h('span', {}, 'Read automatically')), mark);
  place.append(reply, box, options);
  whole.append(drop);
  subscribe(draw);
};
