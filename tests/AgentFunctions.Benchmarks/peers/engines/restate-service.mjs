// The agent loop as a Restate service: node restate-service.mjs PORT
import * as restate from '@restatedev/restate-sdk';
import { content } from '../measure/content.mjs';
import { stepsPerRun } from '../measure/closed-loop.mjs';

const agent = restate.service({
  name: 'agent',
  handlers: {
    loop: async (ctx) => {
      const results = [];
      while (results.length < stepsPerRun) {
        results.push(await ctx.run('model', async () => content.model));
        results.push(await ctx.run('tool', async () => content.tool));
      }
      return results;
    },
  },
});

// The SDK calls it; Node.js has it from version 22 on.
Promise.withResolvers ??= function withResolvers() {
  const deferred = {};
  deferred.promise = new this((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};

await restate.endpoint().bind(agent).listen(Number(process.argv[2]));
