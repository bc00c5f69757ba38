import express from 'express';

/** Reads a JSON body of at most 100 kB. */
export const jsonBody = express.json({ limit: '100kb', strict: false });
