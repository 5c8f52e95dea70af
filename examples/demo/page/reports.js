// follow takes what has changed from a fresh copy of this page.
async function follow() {
  const response = await fetch('/reports', { cache: 'no-store' }).catch(() => null)
  if (!response?.ok) return
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('#live')
  const shown = document.querySelector('#live')
  if (fresh.innerHTML !== shown.innerHTML) shown.replaceWith(document.adoptNode(fresh))
}

setInterval(follow, 1000)
