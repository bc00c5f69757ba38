import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { messageOf as textOfError } from '../../shared/errors';
import { type Logger } from '../../shared/observability/logger';
import { type Mailbox } from './domain/mail-address';
import { type TakenMail } from './domain/mail';
import { composeMessage, type MailSender, NOT_RENDERED } from './mail-sender';

export interface FolderSenderOptions {
  folder: string;
  from: Mailbox;
  logger: Logger;
}

/** Writes each mail to the file `<mail id>.eml` of a folder, which it creates. A repeat replaces the file. */
export function createFolderSender({ folder, from, logger }: FolderSenderOptions): MailSender {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  async function write(mail: TakenMail, options: SendMailOptions): Promise<void> {
    const { message } = await composer.sendMail(options);
    const file = join(folder, `${mail.mailId}.eml`);
    await mkdir(folder, { recursive: true });
    await writeFile(`${file}.${mail.attempt}.part`, message as Buffer);
    await rename(`${file}.${mail.attempt}.part`, file);
  }

  return {
    async send(mail) {
      const options = composeMessage(mail, from, logger);
      if (options === null) return NOT_RENDERED;
      try {
        await write(mail, options);
        return { kind: 'sent' };
      } catch (error) {
        logger.warn('a mail could not be written', { mail_id: mail.mailId, error: textOfError(error) });
        return { kind: 'unavailable', error: 'the mail could not be written to the folder' };
      }
    },
    close: () => composer.close(),
  };
}
