// Popup menus: one at a time, at the button that opened it; arrow keys move, Escape closes.

import { h } from './dom.js';
import { icon } from './icons.js';

const MARGIN = 8;

const place = (menu, anchor) => {
  const at = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + height + MARGIN < innerHeight;
  const left = Math.min(Math.max(MARGIN, at.right - width), innerWidth - width - MARGIN);
  menu.style.left = `${at.left < innerWidth / 2 ? Math.min(at.left, innerWidth - width - MARGIN) : left}px`;
  menu.style.top = `${Math.max(MARGIN, below ? at.bottom + 4 : at.top - height - 4)}px`;
};

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

const move = (menu, event) => {
  const items = [...menu.querySelectorAll('[role^=menuitem]')];
  const at = items.indexOf(document.activeElement);
  const ends = { Home: 0, End: items.length - 1 };
  const next = ends[event.key] ?? (at + (STEPS[event.key] ?? 0) + items.length) % items.length;
  if (!(event.key in STEPS || event.key in ends)) return;
  event.preventDefault();
  items[next].focus();
};

const item = (one, close) => {
  const checkable = one.checked !== undefined;
  const role = checkable ? 'menuitemcheckbox' : 'menuitem';
  const click = () => {
    close();
    one.run();
  };
  const props = { type: 'button', role, tabindex: -1, class: one.class, 'aria-checked': checkable ? String(one.checked) : null };
  const mark = checkable ? h('span', { class: 'mark' }, one.checked ? icon('check') : null) : one.icon && icon(one.icon);
  return h('button', { ...props, 'aria-label': one.name, on: { click } }, mark, h('span', {}, one.label));
};

// Open a menu of `{ label, run, icon, checked }` items; a nested list is displayed as one row.
export const openMenu = (anchor, label, items) => {
  const close = () => menu.hidePopover();
  const made = items.filter(Boolean).map((one) =>
    Array.isArray(one) ? h('div', { class: 'menu-row', role: 'group', 'aria-label': 'Reactions' }, one.map((each) => item(each, close))) : item(one, close),
  );
  const onToggle = (event) => {
    if (event.newState !== 'closed') return;
    anchor.setAttribute('aria-expanded', 'false');
    if (menu.contains(document.activeElement) || document.activeElement === document.body) anchor.focus({ preventScroll: true });
    menu.remove();
  };
  const onKey = (event) => (event.key === 'Tab' ? close() : move(menu, event));
  const menu = h('div', { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': label, on: { beforetoggle: onToggle, keydown: onKey } }, made);
  anchor.after(menu);
  menu.showPopover();
  anchor.setAttribute('aria-expanded', 'true');
  place(menu, anchor);
  menu.querySelector('[role^=menuitem]').focus({ preventScroll: true });
};
