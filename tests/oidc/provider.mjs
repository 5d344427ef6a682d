// A real OpenID provider for the stories of sign-in: one account, no password, new keys at every start.
//
//   node provider.mjs PORT HOME [E-MAIL]
//
// PORT is where it listens on this machine, HOME the gateway's address, E-MAIL whose account it is. It prints `ready` once
// it serves.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, home, email = 'A.Martin@departement04.example'] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const signing = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: randomUUID(),
});

const client = (client_id, more) => ({
  client_id,
  client_secret: 'le-secret-du-client-qui-est-assez-long',
  redirect_uris: [`${home}/connexion/retour`],
  post_logout_redirect_uris: [`${home}/`],
  ...more,
});

const provider = new Provider(issuer, {
  jwks: {
    keys: [
      signing('rsa', { modulusLength: 2048 }, 'RS256'),
      signing('ec', { namedCurve: 'P-256' }, 'ES256'),
    ],
  },
  clients: [
    client('gardefou'),
    client('gardefou-ec', { id_token_signed_response_alg: 'ES256' }),
    // As ProConnect: userinfo is a signed token, and no PKCE.
    client('gardefou-signed', { userinfo_signed_response_alg: 'ES256' }),
  ],
  pkce: { required: (ctx, { clientId }) => clientId !== 'gardefou-signed' },
  scopes: ['openid', 'email'],
  claims: { openid: ['sub'], email: ['email', 'email_verified', 'groups'] },
  features: {
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  cookies: { keys: [randomUUID()] },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email,
      email_verified: true,
      groups: ['annuaire-comite'],
    }),
  }),
  async loadExistingGrant(ctx) {
    const { client, session, provider } = ctx.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer((request, response) => {
  if (request.url.startsWith('/interaction/')) {
    provider.interactionFinished(request, response, { login: { accountId: 'compte-1' } });
  } else {
    answer(request, response);
  }
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
