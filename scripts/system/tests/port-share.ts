/**
 * The variable with the share of the ports that a test process chooses from: `1/3` is the second of three. Processes with different shares never
 * choose the same port.
 */
export const PORT_SHARE = 'FREE_PORT_SHARE';
