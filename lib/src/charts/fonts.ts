import { readTextWidth } from './text-width';

/** Path of DejaVu Sans, the one font of all charts. */
export const REGULAR_FONT = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');

/** Path of DejaVu Sans Bold, for titles. */
export const BOLD_FONT = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

/** Width of a text in DejaVu Sans, pixels. */
export const textWidth = readTextWidth(REGULAR_FONT);

/** Width of a text in DejaVu Sans Bold, pixels. */
export const boldTextWidth = readTextWidth(BOLD_FONT);
