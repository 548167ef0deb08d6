// Stroke icons; they are decorative, and their buttons carry the accessible names.

const PATHS = {
  send: 'M4 12 20 4l-5 16-4-7zM11 13l9-9',
  clip: 'M20 11l-8.5 8.500a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.700l-8.5 8.500a1.7 1.7 0 0 1-2.4-2.400L14.5 7',
  back: 'M15 5l-7 7 7 7',
  more: 'M12 5.500h.01M12 12h.01M12 18.500h.01',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6',
  group: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19c.8-3.5 3.2-5.5 6.5-5.500s5.7 2 6.5 5.500M16 4.500a3.5 3.5 0 0 1 0 6.500M18 14c2 .8 3 2.4 3.5 5',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  pin: 'M12 21s7-6.5 7-11.500a7 7 0 0 0-14 0C5 14.5 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  poll: 'M5 20V10M12 20V4M19 20v-7',
  cart: 'M3 4h2l2.5 11h10L20 7H6M9 20h.01M16 20h.01',
  phone: 'M5 4h4l2 5-2.5 1.500a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z',
  check: 'M5 13l4 4L19 7',
  double: 'M2 13l4 4L16 7M11 16l1 1L22 7',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  warn: 'M12 3 22 20H2zM12 10v4M12 17h.01',
  close: 'M6 6l12 12M18 6 6 18',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  forward: 'M14 6l6 6-6 6M20 12H10a6 6 0 0 0-6 6',
  down: 'M6 9l6 6 6-6',
  tools: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
  link: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.500a4.5 4.5 0 0 0 7 0M9 10h.01M15 10h.01',
  pen: 'M5 19l1-4L16.5 4.500l3 3L9 18zM14 7l3 3',
  bin: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  reply: 'M10 6l-6 6 6 6M4 12h10a6 6 0 0 1 6 6',
};

const SVG = 'http://www.w3.org/2000/svg';

export const icon = (name) => {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
};
