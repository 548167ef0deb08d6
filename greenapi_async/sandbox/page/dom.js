// Creating DOM nodes, and updating them with as few changes as possible.

const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'selected', 'htmlFor', 'indeterminate', 'defaultValue']);

export const h = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name === 'on') for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === 'data') Object.assign(node.dataset, value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

export const button = (label, click, props = {}) =>
  h('button', { type: 'button', ...props, on: { click } }, label);

export const hidden = (text) => h('span', { class: 'unseen' }, text);

export const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

export const setAttribute = (node, name, value) => {
  if (value === null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
};

export const setHidden = (node, value) => {
  if (node.hidden !== value) node.hidden = value;
};

const FOCUSABLE = 'button:not([disabled]), input, select, textarea, a[href], [tabindex]';

// Render, then restore the focus to the same position.
const preserveFocus = (node, draw) => {
  const active = document.activeElement;
  if (!active || active === document.body || !node.contains(active)) return draw();
  const among = [...node.querySelectorAll(FOCUSABLE)].indexOf(active);
  draw();
  if (document.activeElement === active) return undefined;
  const now = [...node.querySelectorAll(FOCUSABLE)];
  const next = active.isConnected ? active : now[Math.min(among, now.length - 1)] ?? node.closest('[tabindex]');
  return next?.focus({ preventScroll: true });
};

// Render the content of a node again only if its signature has changed.
const drawn = new WeakMap();
export const renderIfChanged = (node, signature, build) => {
  if (drawn.get(node) === signature) return;
  drawn.set(node, signature);
  preserveFocus(node, () => node.replaceChildren(...[build()].flat(3).filter(Boolean)));
};

// Update the children of a node to match `items`, reusing the child of each key.
const children = new WeakMap();
export const reconcile = (parent, items, { key, create, update }) => {
  const old = children.get(parent) ?? new Map();
  const now = new Map();
  preserveFocus(parent, () => {
    for (const item of items) {
      const name = key(item);
      now.set(name, old.get(name) ?? create(item));
    }
    for (const [name, node] of old) if (!now.has(name)) node.remove();
    let next = parent.firstChild;
    for (const node of now.values()) {
      if (node === next) next = next.nextSibling;
      else parent.insertBefore(node, next);
    }
  });
  children.set(parent, now);
  for (const item of items) update(now.get(key(item)), item);
  return now;
};

export const copy = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h('textarea', { value: text, class: 'unseen' }); // fallback without a secure context
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  return area.remove();
};

export const prefersReducedMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
