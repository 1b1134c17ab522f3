/** `springline up`: the main job on one machine. */

import type { ConnectorConfiguration } from '@springline/agent/components/connect-sync/configuration';
import { describeSource } from '@springline/agent/components/connect-sync/directory-source';
import type { Command } from 'commander';
import { CommandError, print } from '../output.ts';
import { planUp, type UpWords } from '../up/options.ts';
import { checkHome, checkPort, checkSource } from '../up/preflight.ts';
import { Progress } from '../up/progress.ts';
import { runUp } from '../up/run.ts';

export function registerUp(program: Command): void {
  program
    .command('up')
    .description('start a control plane and an enrolled agent that keeps a directory and the cloud directory in step')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--port <number>', 'port of the control plane on localhost', '8743')
    .option('--ldif <file>', 'directory to sync: an LDIF file (default: the sample directory)')
    .option('--ldap <url>', 'directory to sync: ldaps://host or ldap://host:port')
    .option('--base <dn>', 'where the tree to sync begins')
    .option('--bind-dn <dn>', 'account that reads; a DN, or on Active Directory also user@domain')
    .option('--bind-dn-password-file <file>', 'file with the password of the account in its first line')
    .option('--ca <file>', 'CA certificate that signed the certificate of the server (PEM)')
    .option('--start-tls', 'encrypt an ldap:// connection with StartTLS')
    .option('--interval <seconds>', 'time between cycles (default: 30 for LDAP, 300 for LDIF)')
    .option('--dry-run', 'check everything, say what would be done, write nothing')
    .addHelpText(
      'after',
      `
Examples:
  springline up                                   the sample directory, http://localhost:8743
  springline up --ldif export.ldif --home ./lab   a directory exported to a file
  springline up --ldap ldaps://dc1.corp.example --base DC=corp,DC=example \\
    --bind-dn svc-sync@corp.example --bind-dn-password-file ./password --ca ./ca.pem`,
    )
    .action(async (words: UpWords) => {
      const plan = planUp(words);
      const progress = new Progress(process.stdout);
      if (words.dryRun === true) {
        checkHome(plan.home);
        await checkPort(plan.port);
        const [{ source }] = plan.configuration.connectors as [ConnectorConfiguration];
        const { kind, baseDn, entries } = await checkSource(source);
        print(`would ${plan.isNew ? 'make' : 'use'} the home ${plan.home}`);
        print(`would listen on http://localhost:${plan.port}`);
        print(`would sync ${describeSource(source)} (${kind}, base ${baseDn}, ${entries} entries)`);
        return;
      }
      const asked = new AbortController();
      const stopAsked = new Promise<void>((resolve) => {
        asked.signal.addEventListener('abort', () => resolve());
      });
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => asked.abort());
      const running = await runUp(plan, progress, asked.signal).catch((error: unknown) => {
        if (asked.signal.aborted) throw new CommandError('stopped while starting; the next start goes on');
        throw error;
      });
      await stopAsked;
      progress.line('stopping …');
      await running.stop();
      progress.line('stopped');
    });
}
