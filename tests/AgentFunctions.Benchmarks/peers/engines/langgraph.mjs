// LangGraph: a graph of a model node and a tool node, a thread per run, checkpointed to SQLite in this process.
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import { content, expectSteps } from '../measure/content.mjs';
import { stepsPerRun } from '../measure/closed-loop.mjs';
import { packageVersion } from './installed.mjs';

const profiles = {
  // What the package does by itself: better-sqlite3 is built so that WAL means synchronous=NORMAL.
  default: { synchronous: null },
  // What ours does: every commit is on the disk before the step counts.
  full: { synchronous: 'FULL' },
};

export async function start({ data, profile = 'default' }) {
  const saver = SqliteSaver.fromConnString(path.join(data, 'langgraph.db'));
  saver.setup();
  if (profiles[profile].synchronous) saver.db.pragma(`synchronous=${profiles[profile].synchronous}`);
  const graph = agentLoop().compile({ checkpointer: saver });
  return {
    version: packageVersion('@langchain/langgraph'),
    settings: {
      durability: 'sync', journal_mode: saver.db.pragma('journal_mode', { simple: true }),
      synchronous: saver.db.pragma('synchronous', { simple: true }), better_sqlite3: packageVersion('better-sqlite3'),
    },
    async run() {
      const configurable = { thread_id: randomUUID() };
      const state = await graph.invoke({ messages: [] }, { configurable, durability: 'sync', recursionLimit: stepsPerRun + 2 });
      expectSteps(state.messages);
    },
    async stop() { saver.db.close(); },
  };
}

function agentLoop() {
  const State = Annotation.Root({
    messages: Annotation({ reducer: (all, more) => all.concat(more), default: () => [] }),
  });
  return new StateGraph(State)
    .addNode('model', async () => ({ messages: [content.model] }))
    .addNode('tool', async () => ({ messages: [content.tool] }))
    .addEdge(START, 'model')
    .addEdge('model', 'tool')
    .addConditionalEdges('tool', ({ messages }) => (messages.length < stepsPerRun ? 'model' : END));
}
