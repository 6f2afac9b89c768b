// Lets people sign in with a passkey on the page that asks who they are. Without it, or where the browser knows no passkeys, the page is as it
// was: the form of the button is hidden until this shows it.
"use strict";
(async () => {
  const form = document.getElementById("passkey");
  const known = window.PublicKeyCredential;
  if (!form || !known || !known.parseRequestOptionsFromJSON) return;
  const fault = form.querySelector("[role=alert]");
  // A challenge lives for five minutes.
  const every = 4 * 60 * 1000;
  let asking = new AbortController();
  let renewal;

  // Asks the browser for a passkey and sends the form with its answer; only one question is open at a time.
  const ask = async (mediation) => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const given = await fetch("/api/v1/login/passkey/challenge", { method: "POST", signal });
    if (!given.ok) throw new Error("no challenge");
    const { challenge, options } = await given.json();
    const publicKey = known.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey, mediation, signal });
    form.elements.challenge.value = challenge;
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  };

  // Offers passkeys where the name is typed; nobody has asked for it, so nothing is said when it comes to nothing.
  const canOffer = known.isConditionalMediationAvailable && (await known.isConditionalMediationAvailable());
  const offer = () => {
    clearInterval(renewal);
    if (!canOffer) return;
    const quietly = () => ask("conditional").catch(() => {});
    quietly();
    renewal = setInterval(quietly, every);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearInterval(renewal);
    fault.hidden = true;
    try {
      await ask("optional");
    } catch (error) {
      if (error.name === "AbortError") return;
      fault.hidden = false;
      offer();
    }
  });
  form.hidden = false;
  offer();
})();
