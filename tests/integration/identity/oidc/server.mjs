// A real, certified OpenID Connect provider (oidc-provider) with people, keys and clients that a
// test chooses. `node server.mjs <port>`; everything under /test/ is the test's remote control.
import http from 'node:http';
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
// Subject → claims.
const people = new Map();
let client = {};
let keys = [];
let signedIn = '';
let provider;
let callback;

async function newKey(number) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: `key-${number}`, alg: 'ES256', use: 'sig' };
}

function build() {
  provider = new Provider(issuer, {
    clients: [client],
    jwks: { keys },
    cookies: { keys: ['a test'] },
    claims: {
      openid: ['sub', 'sid'],
      email: ['email', 'email_verified'],
      profile: ['name', 'locale'],
      groups: ['groups'],
    },
    scopes: ['openid', 'email', 'profile', 'groups'],
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256', 'HS256'] },
    pkce: { required: () => true, methods: ['S256'] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          ctx.body = form;
        },
      },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...people.get(sub) }),
    }),
    // Nobody is asked for consent: it is the company's own provider.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
  });
  callback = provider.callback();
}

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return text ? JSON.parse(text) : {};
}

// What the test asks for; each answers with JSON.
const control = {
  async client(told) {
    client = told;
    build();
  },
  async person({ sub, ...claims }) {
    people.set(sub, claims);
  },
  // Who signs in next.
  async signIn({ sub }) {
    signedIn = sub;
  },
  // A new key signs; the one before is still published when `keep` says so.
  async rotate({ keep }) {
    const next = await newKey(Date.now());
    keys = keep ? [next, ...keys] : [next];
    build();
    return { kid: next.kid };
  },
  // Signs whatever claims with the key of now.
  async sign({ claims, header }) {
    const key = await importJWK(keys[0], 'ES256');
    const jwt = new SignJWT(claims).setProtectedHeader({
      alg: 'ES256',
      kid: keys[0].kid,
      ...header,
    });
    return { token: await jwt.sign(key) };
  },
};

async function handle(request, response) {
  const path = new URL(request.url, issuer).pathname;
  if (path.startsWith('/test/')) {
    const answer = await control[path.slice(6)](await body(request));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer ?? {}));
  } else if (path.startsWith('/interaction/')) {
    await provider.interactionFinished(request, response, { login: { accountId: signedIn } });
  } else {
    callback(request, response);
  }
}

keys = [await newKey(0)];
http
  .createServer((request, response) => {
    handle(request, response).catch((error) => {
      console.error(error);
      response.statusCode = 500;
      response.end(String(error));
    });
  })
  .listen(port, '127.0.0.1', () => console.log('ready'));
