// This file is the page of long work: asks how far it is, and shows the end when it is there.

const box = document.querySelector("[data-task]");
const bar = box?.querySelector("progress");

async function look() {
  try {
    const answer = await fetch(box.dataset.task, { headers: { Accept: "application/json" } });
    const { done, total, outcome } = await answer.json();
    if (outcome) return window.location.reload();
    bar.max = Math.max(total, 1);
    bar.value = done;
    box.querySelector("[data-task-done]").textContent = done.toLocaleString("en");
    if (total) box.querySelector("[data-task-total]").textContent = total.toLocaleString("en");
  } catch {
    // The next look may find the network again.
  }
  setTimeout(look, 700);
}

if (box) look();
