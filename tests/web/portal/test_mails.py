"""The demo's mail viewer: what would have been sent, as text."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from web.portal.scene import Scene


async def test_mails_are_shown_as_text_and_newest_first(embedded_scene: Scene) -> None:
    async with embedded_scene.visiting() as anyone:
        empty = await anyone.get("/demo/mail")
        assert "まだありません" in empty.text
        folder = embedded_scene.app.settings.data_dir / "mail"
        folder.mkdir()
        message = EmailMessage(policy=SMTP)
        message["To"] = "firm@demo.renkei.example"
        message["Subject"] = "新しい公募<script>髙</script>"
        message.set_content("リンクから開いてください")
        (folder / "one.eml").write_bytes(bytes(message))
        shown = await anyone.get("/demo/mail")
    assert shown.status_code == 200
    assert "新しい公募&lt;script&gt;髙" in shown.text
    assert "リンクから開いてください" in shown.text
    assert "<script" not in shown.text
