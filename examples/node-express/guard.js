// Guards routes of an Express service with access tokens of Doorward.
//
// Tokens are checked here, without a call, by the published keys. What a token does not show is whether its session has ended
// since; where that matters at once, see docs/revocations.md.

import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

const doorward = (process.env.DOORWARD_URL ?? 'http://127.0.0.1:7272').replace(/\/$/, '');
const issuer = process.env.ISSUER ?? doorward;
const audience = process.env.AUDIENCE || undefined;
// With a secret there is one algorithm; without, only those of published keys. A token never chooses between the two kinds.
const secret = process.env.SECRET_KEY && new TextEncoder().encode(process.env.SECRET_KEY);
const algorithms = secret ? ['HS256'] : ['EdDSA', 'ES256', 'RS256'];
const keys = secret ?? createRemoteJWKSet(new URL(`${doorward}/.well-known/jwks.json`), { timeoutDuration: 5000 });

/** Lets on who holds all of `scopes`; `request.user` is the caller then. */
export function guard(...scopes) {
  const challenge = scopes.length ? `Bearer scope="${scopes.join(' ')}"` : 'Bearer';
  const refuse = (response, status, detail) => response.status(status).set('WWW-Authenticate', challenge).json({ detail });
  return async (request, response, next) => {
    const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!token) return refuse(response, 401, 'Not authenticated');
    let claims;
    try {
      ({ payload: claims } = await jwtVerify(token, keys, {
        algorithms, issuer, audience, typ: 'at+jwt', requiredClaims: ['exp', 'iat', 'sub'],
      }));
    } catch (fault) {
      // Keys that cannot be fetched are no fault of the caller's.
      const isOurs = fault instanceof errors.JWKSTimeout || !(fault instanceof errors.JOSEError);
      if (isOurs) return response.status(503).json({ detail: 'The keys cannot be fetched' });
      return refuse(response, 401, 'Could not validate credentials');
    }
    const held = claims.scopes ?? (claims.scope ?? '').split(' ').filter(Boolean);
    if (!scopes.every((scope) => held.includes(scope))) return refuse(response, 403, 'Not enough permissions');
    request.user = { user_id: claims.sub, username: claims.username ?? null, scopes: held };
    return next();
  };
}
