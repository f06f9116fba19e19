# Generated from the OpenAPI document by `make clients`; do not edit.
"""Every operation of the API as a method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from callsheet_client import models

API_VERSION = "1"


class AsyncOperations:
    """The operations of the API, by their operationIds."""

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        binary: bool = False,
    ) -> Any:
        raise NotImplementedError

    async def add_image(self, body: models.KeepUpload) -> models.Image:
        """Add a picture (JPEG, PNG, WebP, HEIC or AVIF, at least 256 pixels per side), or keep an
        upload."""
        answer: models.Image = await self._call("POST", "/api/images", body=body)
        return answer

    async def add_passkey(self, body: models.AddPasskey) -> models.AddedPasskey:
        """Add the passkey that the browser has created."""
        answer: models.AddedPasskey = await self._call("POST", "/api/auth/passkeys", body=body)
        return answer

    async def add_voice(self, body: models.KeepRecording) -> models.LibraryVoice:
        """Add a recording of a voice (WAV, MP3, FLAC, OGG or M4A), or keep an upload."""
        answer: models.LibraryVoice = await self._call("POST", "/api/voices", body=body)
        return answer

    async def analyze_sample(self, project_id: str) -> models.AnalysisStarted:
        """Analyse the sample; its plan follows."""
        answer: models.AnalysisStarted = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/analyze"
        )
        return answer

    async def cancel_batch(self, batch_id: str) -> models.Batch:
        """Start no more videos of a batch, and cancel those in progress."""
        answer: models.Batch = await self._call("POST", f"/api/batches/{_quoted(batch_id)}/cancel")
        return answer

    async def cancel_job(self, job_id: str) -> models.JobReport:
        """Cancel a job."""
        answer: models.JobReport = await self._call("POST", f"/process/{_quoted(job_id)}/cancel")
        return answer

    async def cancel_jobs(self, body: models.CancelSearch | None = None) -> models.CancelRequested:
        """Cancel all your jobs that have not ended, or those of a session or state."""
        answer: models.CancelRequested = await self._call("POST", "/api/jobs/cancel", body=body)
        return answer

    async def cancel_project(self, project_id: str) -> models.ProjectStatus:
        """Cancel what runs for a project."""
        answer: models.ProjectStatus = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/cancel"
        )
        return answer

    async def change_account(self, body: models.ChangeAccount) -> models.Account:
        """Change the mail address."""
        answer: models.Account = await self._call("PATCH", "/api/auth/me", body=body)
        return answer

    async def change_mails(self, body: models.MailChoices) -> models.MailChoices:
        """Turn kinds of mails on or off."""
        answer: models.MailChoices = await self._call("PATCH", "/api/mails", body=body)
        return answer

    async def change_password(self, body: models.ChangePassword) -> None:
        """Choose a new password with the current one; all other sign-ins end."""
        await self._call("POST", "/api/auth/password/change", body=body)

    async def change_project(self, project_id: str, body: models.ChangeProject) -> models.Project:
        """Change the name, language or longest length of a project."""
        answer: models.Project = await self._call(
            "PATCH", f"/api/projects/{_quoted(project_id)}", body=body
        )
        return answer

    async def change_user(self, user_id: str, body: models.ChangeUser) -> models.ManagedUser:
        """Change the role or the plan of a user (administrators)."""
        answer: models.ManagedUser = await self._call(
            "PATCH", f"/api/admin/users/{_quoted(user_id)}", body=body
        )
        return answer

    async def change_webhook(self, webhook_id: str, body: models.ChangeWebhook) -> models.Webhook:
        """Change a webhook, or enable or disable it."""
        answer: models.Webhook = await self._call(
            "PATCH", f"/api/webhooks/{_quoted(webhook_id)}", body=body
        )
        return answer

    async def check_liveness(self) -> models.Liveness:
        """Check that the process answers, without checking any dependency."""
        answer: models.Liveness = await self._call("GET", "/livez")
        return answer

    async def check_readiness(self) -> models.ReadinessReport:
        """Check that database, Redis, store and controller answer."""
        answer: models.ReadinessReport = await self._call("GET", "/readyz")
        return answer

    async def clean_up(self, body: models.CleanupRequest) -> models.CleanupResult:
        """Free storage that is no longer needed, of one session or (operators) of the whole
        system."""
        answer: models.CleanupResult = await self._call("POST", "/cleanup", body=body)
        return answer

    async def close_session(self, session_id: str) -> models.SessionStatus:
        """Close a session; open jobs are cancelled, outputs are kept."""
        answer: models.SessionStatus = await self._call(
            "POST", f"/session/{_quoted(session_id)}/close"
        )
        return answer

    async def confirm_provider_sign_in(self, body: models.SecondFactor) -> models.SignedInBy:
        """Finish a sign-in with a provider, within five minutes, with the account's second
        factor."""
        answer: models.SignedInBy = await self._call("POST", "/api/auth/second-factor", body=body)
        return answer

    async def confirm_storyboard(
        self, project_id: str, body: models.ApproveDrafts | None = None
    ) -> models.Storyboard:
        """Approve the drafts of some scenes or of all, or take that back."""
        answer: models.Storyboard = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/storyboard/approve", body=body
        )
        return answer

    async def confirm_totp(self, body: models.TotpCode) -> models.RecoveryCodes:
        """Activate the authenticator app with one of its codes; all other sign-ins end."""
        answer: models.RecoveryCodes = await self._call("POST", "/api/auth/totp/confirm", body=body)
        return answer

    async def create_batch(
        self, body: models.CreateBatch, *, idempotency_key: str | None = None
    ) -> models.Batch:
        """Create a batch and get its quote; nothing is started."""
        answer: models.Batch = await self._call(
            "POST", "/api/batches", headers={"Idempotency-Key": idempotency_key}, body=body
        )
        return answer

    async def create_checkout(self, body: models.StartCheckout) -> models.CheckoutPage:
        """Open the page on which a pack of credits or the plan `premium` is paid for."""
        answer: models.CheckoutPage = await self._call("POST", "/api/billing/checkout", body=body)
        return answer

    async def create_consent(self, body: models.CreateConsent) -> models.ConsentRecord:
        """Keep the consent of a person; jobs name it for their face or voice."""
        answer: models.ConsentRecord = await self._call("POST", "/api/consents", body=body)
        return answer

    async def create_image_link(self, image_id: str) -> models.ItemLink:
        """Make a link to a picture that works for 15 minutes without credentials."""
        answer: models.ItemLink = await self._call("POST", f"/api/images/{_quoted(image_id)}/link")
        return answer

    async def create_invitation(self, body: models.CreateInvitation) -> models.InvitationCreated:
        """Invite a person; a given address gets the link by mail (administrators)."""
        answer: models.InvitationCreated = await self._call(
            "POST", "/api/admin/invitations", body=body
        )
        return answer

    async def create_key(self, body: models.CreateApiKey) -> models.ApiKeyWithText:
        """Create an API key; only this answer contains it."""
        answer: models.ApiKeyWithText = await self._call("POST", "/api/keys", body=body)
        return answer

    async def create_operator_link(self) -> models.OperatorLink:
        """Create a link that signs in one browser, once."""
        answer: models.OperatorLink = await self._call("POST", "/operate/links")
        return answer

    async def create_passkey_options(
        self, body: models.AccountProof | None = None
    ) -> models.PasskeyOptions:
        """Begin to add a passkey: get the options with which the browser creates it."""
        answer: models.PasskeyOptions = await self._call(
            "POST", "/api/auth/passkeys/options", body=body
        )
        return answer

    async def create_passkey_sign_in_options(self) -> models.PasskeyOptions:
        """Begin to sign in with a passkey: get the options for the browser."""
        answer: models.PasskeyOptions = await self._call(
            "POST", "/api/auth/passkeys/sign-in/options"
        )
        return answer

    async def create_portal(self) -> models.PortalPage:
        """Open the page on which you manage your subscription and invoices."""
        answer: models.PortalPage = await self._call("POST", "/api/billing/portal")
        return answer

    async def create_preview(self, body: models.PreviewScene) -> models.ScenePreview:
        """Speak one scene as a job would, to hear it before the start; it costs nothing."""
        answer: models.ScenePreview = await self._call("POST", "/api/previews", body=body)
        return answer

    async def create_project(self, body: models.CreateProject) -> models.Project:
        """Create a project."""
        answer: models.Project = await self._call("POST", "/api/projects", body=body)
        return answer

    async def create_session(self, body: models.CreateSession) -> models.SessionCreated:
        """Open a session."""
        answer: models.SessionCreated = await self._call("POST", "/session/create", body=body)
        return answer

    async def create_storyboard(
        self, project_id: str, body: models.MakeDrafts | None = None
    ) -> models.Storyboard:
        """Make a draft of each scene that has none, before the video is generated."""
        answer: models.Storyboard = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/storyboard", body=body
        )
        return answer

    async def create_ticket(self, body: models.CreateTicket) -> models.Ticket:
        """Get a ticket that opens one live stream, once, within a minute."""
        answer: models.Ticket = await self._call("POST", "/api/tickets", body=body)
        return answer

    async def create_totp_secret(
        self, body: models.AccountProof | None = None
    ) -> models.TotpSecret:
        """Get a secret for an authenticator app; it counts once a code has confirmed it."""
        answer: models.TotpSecret = await self._call("POST", "/api/auth/totp", body=body)
        return answer

    async def create_voice_link(self, voice_id: str) -> models.ItemLink:
        """Make a link to a recording that works for 15 minutes without credentials."""
        answer: models.ItemLink = await self._call("POST", f"/api/voices/{_quoted(voice_id)}/link")
        return answer

    async def create_webhook(self, body: models.CreateWebhook) -> models.WebhookWithSecret:
        """Create a webhook; only this answer contains its secret."""
        answer: models.WebhookWithSecret = await self._call("POST", "/api/webhooks", body=body)
        return answer

    async def delete_account(self, body: models.ConfirmDeletion | None = None) -> None:
        """Delete the account with all sessions, jobs and files."""
        await self._call("DELETE", "/api/auth/me", body=body)

    async def delete_budget(self, budget_id: str) -> None:
        """Delete a budget of yours."""
        await self._call("DELETE", f"/api/budgets/{_quoted(budget_id)}")

    async def delete_dead_letter(self, letter_id: str) -> None:
        """Delete a dead letter permanently."""
        await self._call("DELETE", f"/dead-letters/{_quoted(letter_id)}")

    async def delete_image(self, image_id: str) -> None:
        """Delete a picture that no open job uses."""
        await self._call("DELETE", f"/api/images/{_quoted(image_id)}")

    async def delete_job_files(self, job_id: str) -> None:
        """Delete the files of a finished job."""
        await self._call("DELETE", f"/process/{_quoted(job_id)}")

    async def delete_library_job(self, job_id: str) -> None:
        """Delete the files of a finished job; it leaves the library."""
        await self._call("DELETE", f"/api/jobs/{_quoted(job_id)}")

    async def delete_project(self, project_id: str) -> None:
        """Stop the work on a project and delete it with its files."""
        await self._call("DELETE", f"/api/projects/{_quoted(project_id)}")

    async def delete_quarantined_file(self, file_id: str) -> None:
        """Delete a quarantined file permanently."""
        await self._call("DELETE", f"/quarantine/{_quoted(file_id)}")

    async def delete_upload(self, upload_id: str) -> None:
        """Delete an upload; jobs that use it go on."""
        await self._call("DELETE", f"/api/uploads/{_quoted(upload_id)}")

    async def delete_voice(self, voice_id: str) -> None:
        """Delete a recording that no open job uses."""
        await self._call("DELETE", f"/api/voices/{_quoted(voice_id)}")

    async def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook with its deliveries."""
        await self._call("DELETE", f"/api/webhooks/{_quoted(webhook_id)}")

    async def download_file(self, session_id: str, filename: str) -> bytes:
        """Download a file, or a range of its bytes."""
        answer: bytes = await self._call(
            "GET", f"/download/{_quoted(session_id)}/{_quoted(filename)}", binary=True
        )
        return answer

    async def drain_worker(self, name: str) -> models.Workers:
        """Drain a worker: it finishes its current task and accepts no new ones."""
        answer: models.Workers = await self._call("POST", f"/workers/{_quoted(name)}/drain")
        return answer

    async def end_login(self, login_id: str) -> None:
        """Sign a device out."""
        await self._call("DELETE", f"/api/auth/sessions/{_quoted(login_id)}")

    async def end_session(self, session_id: str) -> None:
        """End a session and delete its files (operators)."""
        await self._call("POST", f"/session/{_quoted(session_id)}/end")

    async def estimate_job(self, body: models.EstimateJob) -> models.JobEstimate:
        """Estimate the duration and cost of a job."""
        answer: models.JobEstimate = await self._call("POST", "/process/estimate", body=body)
        return answer

    async def export_account(self) -> dict[str, Any]:
        """Export everything that is stored about the account."""
        answer: dict[str, Any] = await self._call("GET", "/api/auth/me/export")
        return answer

    async def export_audit_entries(self) -> bytes:
        """Export the whole audit log, one JSON object a line (administrators)."""
        answer: bytes = await self._call("GET", "/api/admin/audit/export", binary=True)
        return answer

    async def export_project(
        self, project_id: str, *, format_: Literal["otio", "fcpxml", "zip"] | None = None
    ) -> bytes:
        """Export the plan as a timeline: OpenTimelineIO, FCPXML, or both with the clips as a
        zip."""
        answer: bytes = await self._call(
            "GET",
            f"/api/projects/{_quoted(project_id)}/export",
            query={"format": format_},
            binary=True,
        )
        return answer

    async def generate_video(
        self, project_id: str, body: models.Generate | None = None
    ) -> models.Generation:
        """Confirm the plan and its price, and make the video."""
        answer: models.Generation = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/generate", body=body
        )
        return answer

    async def get_account(self) -> models.OwnAccount:
        """Get the account that is signed in, with what its plan allows and how much is in use."""
        answer: models.OwnAccount = await self._call("GET", "/api/auth/me")
        return answer

    async def get_analytics(
        self, *, days: int | None = None, format_: Literal["json", "csv"] | None = None
    ) -> models.Analytics:
        """Report success, durations, people, cost and feedback of the last `days`; as JSON or
        CSV."""
        answer: models.Analytics = await self._call(
            "GET", "/analytics", query={"days": days, "format": format_}
        )
        return answer

    async def get_batch(self, batch_id: str) -> models.Batch:
        """Get a batch and its videos; `Retry-After` says when to ask again."""
        answer: models.Batch = await self._call("GET", f"/api/batches/{_quoted(batch_id)}")
        return answer

    async def get_cache_statistics(self) -> models.CacheFigures:
        """Get the statistics of the stage cache."""
        answer: models.CacheFigures = await self._call("GET", "/cache")
        return answer

    async def get_capabilities(self) -> models.Capabilities:
        """List environments, engines, worker counts, and the engine each mode would use per
        stage."""
        answer: models.Capabilities = await self._call("GET", "/capabilities")
        return answer

    async def get_consent(self, consent_id: str) -> models.ConsentRecord:
        """Get a consent."""
        answer: models.ConsentRecord = await self._call(
            "GET", f"/api/consents/{_quoted(consent_id)}"
        )
        return answer

    async def get_credits(self) -> models.Credits:
        """Get your credits."""
        answer: models.Credits = await self._call("GET", "/api/credits")
        return answer

    async def get_credits_of_user(self, user_id: str) -> models.Credits:
        """Get the credits of a user (administrators)."""
        answer: models.Credits = await self._call(
            "GET", f"/api/admin/users/{_quoted(user_id)}/credits"
        )
        return answer

    async def get_dead_letter(self, letter_id: str) -> models.DeadLetterDetails:
        """Get a dead letter and its payload."""
        answer: models.DeadLetterDetails = await self._call(
            "GET", f"/dead-letters/{_quoted(letter_id)}"
        )
        return answer

    async def get_estimate_accuracy(self) -> models.BackTests:
        """Report how often actual durations fell within their estimates."""
        answer: models.BackTests = await self._call("GET", "/estimates")
        return answer

    async def get_event_document(self) -> dict[str, Any]:
        """Get the AsyncAPI 3 document of the live events."""
        answer: dict[str, Any] = await self._call("GET", "/asyncapi.json")
        return answer

    async def get_feedback(self, job_id: str) -> models.Feedback:
        """Get the feedback on a job."""
        answer: models.Feedback = await self._call("GET", f"/process/{_quoted(job_id)}/feedback")
        return answer

    async def get_health(self) -> models.HealthReport:
        """Get the overall health: resources, sessions, production readiness and dependencies."""
        answer: models.HealthReport = await self._call("GET", "/health")
        return answer

    async def get_image(self, image_id: str) -> models.Image:
        """Get a picture."""
        answer: models.Image = await self._call("GET", f"/api/images/{_quoted(image_id)}")
        return answer

    async def get_job(self, job_id: str) -> models.JobReport:
        """Get a job."""
        answer: models.JobReport = await self._call("GET", f"/process/{_quoted(job_id)}")
        return answer

    async def get_library_job(self, job_id: str) -> models.JobReport:
        """Get a job of your library."""
        answer: models.JobReport = await self._call("GET", f"/api/jobs/{_quoted(job_id)}")
        return answer

    async def get_load(self) -> models.QueueLoads:
        """Get the load of each environment and the number of workers it needs."""
        answer: models.QueueLoads = await self._call("GET", "/load")
        return answer

    async def get_mails(self) -> models.MailChoices:
        """Get which mails you receive; those about the account itself are always sent."""
        answer: models.MailChoices = await self._call("GET", "/api/mails")
        return answer

    async def get_operate_overview(self, *, hours: float | None = None) -> models.Overview:
        """Get everything that the operators' page shows, in one request."""
        answer: models.Overview = await self._call(
            "GET", "/operate/overview", query={"hours": hours}
        )
        return answer

    async def get_operations(self, *, hours: float | None = None) -> models.Operations:
        """Report queues, finished jobs, stage times and failures of the last `hours`."""
        answer: models.Operations = await self._call("GET", "/operations", query={"hours": hours})
        return answer

    async def get_plan(self, project_id: str) -> models.PlanReport:
        """Get the plan, with the price that `generate` confirms."""
        answer: models.PlanReport = await self._call(
            "GET", f"/api/projects/{_quoted(project_id)}/plan"
        )
        return answer

    async def get_preview(self, preview_id: str) -> None:
        """Hear a scene (WAV); 202 while it is being spoken."""
        await self._call("GET", f"/api/previews/{_quoted(preview_id)}")

    async def get_project(self, project_id: str) -> models.Project:
        """Get a project."""
        answer: models.Project = await self._call("GET", f"/api/projects/{_quoted(project_id)}")
        return answer

    async def get_project_status(self, project_id: str) -> models.ProjectStatus:
        """Get the status and progress of a project."""
        answer: models.ProjectStatus = await self._call(
            "GET", f"/api/projects/{_quoted(project_id)}/status"
        )
        return answer

    async def get_receipt(self, job_id: str) -> models.Receipt:
        """Get the receipt of a job: what each run cost, and what was free."""
        answer: models.Receipt = await self._call("GET", f"/api/jobs/{_quoted(job_id)}/receipt")
        return answer

    async def get_report(self, report_id: str) -> models.ReportDetails:
        """Get a report (operators)."""
        answer: models.ReportDetails = await self._call("GET", f"/api/reports/{_quoted(report_id)}")
        return answer

    async def get_report_state(
        self, report_id: str, *, x_report_token: str | None = None
    ) -> models.ReportState:
        """Get the state of a report with its token."""
        answer: models.ReportState = await self._call(
            "GET",
            f"/api/reports/{_quoted(report_id)}/state",
            headers={"X-Report-Token": x_report_token},
        )
        return answer

    async def get_report_statistics(self) -> models.ReportStatistics:
        """Get figures for a transparency report (operators)."""
        answer: models.ReportStatistics = await self._call("GET", "/api/reports/statistics")
        return answer

    async def get_services_health(self) -> models.ServiceHealth:
        """Get each service's health and latency, and worker counts (operators: worker names)."""
        answer: models.ServiceHealth = await self._call("GET", "/health/services")
        return answer

    async def get_session(self, session_id: str) -> models.SessionStatus:
        """Get a session with its uploads and jobs."""
        answer: models.SessionStatus = await self._call(
            "GET", f"/session/{_quoted(session_id)}/status"
        )
        return answer

    async def get_session_status(self, session_id: str) -> models.SessionStatus:
        """Get a session (same as `GET /session/{session_id}/status`)."""
        answer: models.SessionStatus = await self._call(
            "GET", f"/api/session/{_quoted(session_id)}/status"
        )
        return answer

    async def get_storyboard(self, project_id: str) -> models.Storyboard:
        """Get the draft of each scene, and whether it is approved."""
        answer: models.Storyboard = await self._call(
            "GET", f"/api/projects/{_quoted(project_id)}/storyboard"
        )
        return answer

    async def get_totp(self) -> models.TotpState:
        """Tell whether an authenticator app is set up, and how many recovery codes are left."""
        answer: models.TotpState = await self._call("GET", "/api/auth/totp")
        return answer

    async def get_upload(self, upload_id: str) -> models.LibraryUpload:
        """Get an upload of your library."""
        answer: models.LibraryUpload = await self._call("GET", f"/api/uploads/{_quoted(upload_id)}")
        return answer

    async def get_usage(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        group_by: Literal["day", "engine", "key", "project"] | None = None,
        format_: Literal["json", "csv"] | None = None,
    ) -> models.CreditUsage:
        """Get what you used, by day, engine, API key or project; as JSON or CSV."""
        answer: models.CreditUsage = await self._call(
            "GET",
            "/api/usage",
            query={"from": from_, "to": to, "group_by": group_by, "format": format_},
        )
        return answer

    async def get_user(self, user_id: str) -> models.ManagedUser:
        """Get a user (administrators)."""
        answer: models.ManagedUser = await self._call("GET", f"/api/admin/users/{_quoted(user_id)}")
        return answer

    async def get_voice(self, voice_id: str) -> models.LibraryVoice:
        """Get a recording, or a built-in voice."""
        answer: models.LibraryVoice = await self._call("GET", f"/api/voices/{_quoted(voice_id)}")
        return answer

    async def get_voice_sample(self, voice_id: str) -> None:
        """Play a few seconds of a voice (MP3)."""
        await self._call("GET", f"/voices/{_quoted(voice_id)}/sample")

    async def get_webhook(self, webhook_id: str) -> models.Webhook:
        """Get a webhook."""
        answer: models.Webhook = await self._call("GET", f"/api/webhooks/{_quoted(webhook_id)}")
        return answer

    async def grant_credits(self, user_id: str, body: models.GrantCredits) -> models.Credits:
        """Give credits to a user, or take some away (administrators)."""
        answer: models.Credits = await self._call(
            "POST", f"/api/admin/users/{_quoted(user_id)}/credits", body=body
        )
        return answer

    async def list_all_jobs(
        self,
        *,
        state: Literal["queued", "running", "succeeded", "failed", "cancelled"] | None = None,
        code: str | None = None,
        owner: str | None = None,
        engine: Literal[
            "elevenlabs",
            "espeak",
            "ffmpeg",
            "gemini",
            "kokoro",
            "lanczos",
            "mediapipe_mesh",
            "mesh_warp",
            "offline",
            "openai_chat",
            "piper",
            "realesrgan",
            "realesrgan_cpu",
            "recording",
            "sadtalker",
            "simulated",
            "xtts",
        ]
        | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.AllJobs:
        """List the jobs of all owners, newest first (operators)."""
        answer: models.AllJobs = await self._call(
            "GET",
            "/jobs",
            query={
                "state": state,
                "code": code,
                "owner": owner,
                "engine": engine,
                "created_after": created_after,
                "created_before": created_before,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def list_audit_entries(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> models.AuditPage:
        """Read the audit log, newest first (administrators)."""
        answer: models.AuditPage = await self._call(
            "GET",
            "/api/admin/audit",
            query={
                "actor": actor,
                "action": action,
                "target": target,
                "before": before,
                "limit": limit,
            },
        )
        return answer

    async def list_batches(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.Batches:
        """List your batches, newest first."""
        answer: models.Batches = await self._call(
            "GET", "/api/batches", query={"cursor": cursor, "limit": limit}
        )
        return answer

    async def list_budgets(self) -> models.Budgets:
        """List your budgets and what is used of them."""
        answer: models.Budgets = await self._call("GET", "/api/budgets")
        return answer

    async def list_chat_messages(self, project_id: str) -> models.Chat:
        """List the messages of the chat."""
        answer: models.Chat = await self._call("GET", f"/api/projects/{_quoted(project_id)}/chat")
        return answer

    async def list_consents(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> models.ConsentPage:
        """List your consents, newest first."""
        answer: models.ConsentPage = await self._call(
            "GET", "/api/consents", query={"cursor": cursor, "limit": limit}
        )
        return answer

    async def list_dead_letters(
        self,
        *,
        kind: Literal["message", "event", "decision", "outbox", "copy", "duty", "request"]
        | None = None,
        state: Literal["dead", "retrying", "resolved"] | None = None,
        job_id: str | None = None,
        cursor: int | None = None,
        limit: int | None = None,
    ) -> models.DeadLetterPage:
        """List dead letters, newest first."""
        answer: models.DeadLetterPage = await self._call(
            "GET",
            "/dead-letters",
            query={
                "kind": kind,
                "state": state,
                "job_id": job_id,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def list_deliveries(
        self,
        webhook_id: str,
        *,
        state: Literal["pending", "delivered", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.WebhookDeliveries:
        """List the deliveries of a webhook, newest first."""
        answer: models.WebhookDeliveries = await self._call(
            "GET",
            f"/api/webhooks/{_quoted(webhook_id)}/deliveries",
            query={"state": state, "cursor": cursor, "limit": limit},
        )
        return answer

    async def list_identities(self) -> models.Identities:
        """List the sign-ins with other providers that are connected to the account."""
        answer: models.Identities = await self._call("GET", "/api/auth/identities")
        return answer

    async def list_images(
        self,
        *,
        public: bool | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        q: str | None = None,
        owner: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        moderation: Literal["pending", "approved", "flagged", "rejected"] | None = None,
        similar_to: str | None = None,
    ) -> models.Images:
        """List your pictures, newest first."""
        answer: models.Images = await self._call(
            "GET",
            "/api/images",
            query={
                "public": public,
                "created_after": created_after,
                "created_before": created_before,
                "q": q,
                "owner": owner,
                "cursor": cursor,
                "limit": limit,
                "moderation": moderation,
                "similar_to": similar_to,
            },
        )
        return answer

    async def list_invitations(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.Invitations:
        """List invitations, newest first (administrators)."""
        answer: models.Invitations = await self._call(
            "GET", "/api/admin/invitations", query={"limit": limit, "cursor": cursor}
        )
        return answer

    async def list_jobs(
        self,
        *,
        session_id: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        q: str | None = None,
        owner: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["queued", "running", "succeeded", "failed", "cancelled", "open"]
        | None = None,
        kind: Literal["pipeline", "external"] | None = None,
        expired: bool | None = None,
    ) -> models.LibraryJobs:
        """List your jobs, newest first, also those of ended sessions."""
        answer: models.LibraryJobs = await self._call(
            "GET",
            "/api/jobs",
            query={
                "session_id": session_id,
                "created_after": created_after,
                "created_before": created_before,
                "q": q,
                "owner": owner,
                "cursor": cursor,
                "limit": limit,
                "state": state,
                "kind": kind,
                "expired": expired,
            },
        )
        return answer

    async def list_keys(self) -> models.ApiKeys:
        """List your API keys, newest first."""
        answer: models.ApiKeys = await self._call("GET", "/api/keys")
        return answer

    async def list_logins(self) -> models.OpenLogins:
        """List the devices that are signed in, newest first."""
        answer: models.OpenLogins = await self._call("GET", "/api/auth/sessions")
        return answer

    async def list_model_changes(self) -> models.ModelChanges:
        """List what changes about hosted video models."""
        answer: models.ModelChanges = await self._call("GET", "/api/models/changes")
        return answer

    async def list_models(
        self,
        *,
        provider: str | None = None,
        state: Literal["announced", "released", "deprecated", "closed"] | None = None,
        compare: bool | None = None,
        duration: float | None = None,
        ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] | None = None,
        resolution: Literal["360p", "480p", "720p", "1080p", "4k"] | None = None,
        draft: bool | None = None,
        audio: bool | None = None,
        first_frame: bool | None = None,
        last_frame: bool | None = None,
        speech: bool | None = None,
        prompt_length: int | None = None,
    ) -> models.VideoModels:
        """List the hosted video models."""
        answer: models.VideoModels = await self._call(
            "GET",
            "/api/models",
            query={
                "provider": provider,
                "state": state,
                "compare": compare,
                "duration": duration,
                "ratio": ratio,
                "resolution": resolution,
                "draft": draft,
                "audio": audio,
                "first_frame": first_frame,
                "last_frame": last_frame,
                "speech": speech,
                "prompt_length": prompt_length,
            },
        )
        return answer

    async def list_moderation(
        self, *, limit: int | None = None, offset: int | None = None
    ) -> models.ModerationQueue:
        """List the pictures that wait for an operator: flagged ones and appeals."""
        answer: models.ModerationQueue = await self._call(
            "GET", "/moderation", query={"limit": limit, "offset": offset}
        )
        return answer

    async def list_outputs(self, session_id: str) -> models.Outputs:
        """List all files of a session."""
        answer: models.Outputs = await self._call("GET", f"/outputs/{_quoted(session_id)}")
        return answer

    async def list_own_voices(
        self,
        *,
        public: bool | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        q: str | None = None,
        owner: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        source: Literal["own", "built_in"] | None = None,
        language: str | None = None,
    ) -> models.LibraryVoices:
        """List your recordings, newest first, and after the last of them the built-in voices."""
        answer: models.LibraryVoices = await self._call(
            "GET",
            "/api/voices",
            query={
                "public": public,
                "created_after": created_after,
                "created_before": created_before,
                "q": q,
                "owner": owner,
                "cursor": cursor,
                "limit": limit,
                "source": source,
                "language": language,
            },
        )
        return answer

    async def list_passkeys(self) -> models.Passkeys:
        """List the passkeys of the account, oldest first."""
        answer: models.Passkeys = await self._call("GET", "/api/auth/passkeys")
        return answer

    async def list_plans(self) -> models.PlansOnSale:
        """List the plans with their limits, and the packs of credits on sale."""
        answer: models.PlansOnSale = await self._call("GET", "/api/plans")
        return answer

    async def list_projects(
        self,
        *,
        status: Literal[
            "uploading", "analyzing", "planning", "generating", "processing", "completed", "failed"
        ]
        | None = None,
        q: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        owner: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.Projects:
        """List your projects, newest first."""
        answer: models.Projects = await self._call(
            "GET",
            "/api/projects",
            query={
                "status": status,
                "q": q,
                "created_after": created_after,
                "created_before": created_before,
                "owner": owner,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return answer

    async def list_provider_calls(
        self,
        *,
        state: Literal[
            "queued",
            "submitting",
            "waiting",
            "ready",
            "finishing",
            "done",
            "failed",
            "unknown",
            "cancelled",
        ]
        | None = None,
        limit: int | None = None,
    ) -> models.Calls:
        """List calls to providers of hosted models (operators)."""
        answer: models.Calls = await self._call(
            "GET", "/api/provider-calls", query={"state": state, "limit": limit}
        )
        return answer

    async def list_quarantined_files(self) -> models.QuarantineList:
        """List quarantined files."""
        answer: models.QuarantineList = await self._call("GET", "/quarantine")
        return answer

    async def list_reports(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["open", "withdrawn", "rejected"] | None = None,
    ) -> models.ReportPage:
        """List reports, newest first (operators)."""
        answer: models.ReportPage = await self._call(
            "GET", "/api/reports", query={"cursor": cursor, "limit": limit, "state": state}
        )
        return answer

    async def list_sessions(self) -> models.ActiveSessions:
        """List active sessions (operators)."""
        answer: models.ActiveSessions = await self._call("GET", "/sessions")
        return answer

    async def list_transactions(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.CreditTransactions:
        """List what moved your credits, newest first."""
        answer: models.CreditTransactions = await self._call(
            "GET", "/api/credits/transactions", query={"limit": limit, "cursor": cursor}
        )
        return answer

    async def list_uploads(
        self,
        *,
        session_id: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        q: str | None = None,
        owner: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        kind: Literal["face", "voice"] | None = None,
    ) -> models.LibraryUploads:
        """List your uploads, newest first, also those of ended sessions."""
        answer: models.LibraryUploads = await self._call(
            "GET",
            "/api/uploads",
            query={
                "session_id": session_id,
                "created_after": created_after,
                "created_before": created_before,
                "q": q,
                "owner": owner,
                "cursor": cursor,
                "limit": limit,
                "kind": kind,
            },
        )
        return answer

    async def list_users(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        q: str | None = None,
        role: Literal["user", "operator", "admin"] | None = None,
        plan: Literal["free", "premium"] | None = None,
        suspended: bool | None = None,
    ) -> models.Users:
        """List users, newest first (administrators)."""
        answer: models.Users = await self._call(
            "GET",
            "/api/admin/users",
            query={
                "limit": limit,
                "cursor": cursor,
                "q": q,
                "role": role,
                "plan": plan,
                "suspended": suspended,
            },
        )
        return answer

    async def list_voices(self) -> models.Voices:
        """List the voices that a job may name, with language, gender, style and licence."""
        answer: models.Voices = await self._call("GET", "/voices")
        return answer

    async def list_webhooks(self) -> models.Webhooks:
        """List your webhooks, newest first."""
        answer: models.Webhooks = await self._call("GET", "/api/webhooks")
        return answer

    async def list_workers(self) -> models.Workers:
        """List live workers (operators: with names and current tasks)."""
        answer: models.Workers = await self._call("GET", "/workers")
        return answer

    async def log_in(self, body: models.PasswordSignIn) -> models.LoggedIn:
        """Log in with a mail address and a password."""
        answer: models.LoggedIn = await self._call("POST", "/api/auth/login", body=body)
        return answer

    async def log_out(self, body: models.RefreshRequest | None = None) -> None:
        """End a login; all of its tokens end."""
        await self._call("POST", "/api/auth/logout", body=body)

    async def open_image_to_public(self, image_id: str) -> models.Image:
        """Give a picture a public address."""
        answer: models.Image = await self._call("POST", f"/api/images/{_quoted(image_id)}/public")
        return answer

    async def open_voice_to_public(self, voice_id: str) -> models.LibraryVoice:
        """Give a recording a public address."""
        answer: models.LibraryVoice = await self._call(
            "POST", f"/api/voices/{_quoted(voice_id)}/public"
        )
        return answer

    async def quote_again_projects(
        self, project_id: str, body: models.Regenerate | None = None
    ) -> models.Quote:
        """Get the price of making the video again; nothing is started."""
        answer: models.Quote = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/regenerate/quote", body=body
        )
        return answer

    async def quote_job(self, body: models.EstimateJob) -> models.CreditEstimate:
        """Estimate a job in credits, and get a quote that is valid for 15 minutes."""
        answer: models.CreditEstimate = await self._call("POST", "/api/estimate", body=body)
        return answer

    async def redeliver_message(self, webhook_id: str, delivery_id: str) -> models.WebhookDelivery:
        """Send a message again, with the same id."""
        answer: models.WebhookDelivery = await self._call(
            "POST",
            f"/api/webhooks/{_quoted(webhook_id)}/deliveries/{_quoted(delivery_id)}/redeliver",
        )
        return answer

    async def redrive_jobs(self, body: models.RedriveJobs) -> models.JobsRedriven:
        """Retry failed jobs, selected by id, error code or time (operators)."""
        answer: models.JobsRedriven = await self._call("POST", "/jobs/redrive", body=body)
        return answer

    async def refresh_tokens(self, body: models.RefreshRequest | None = None) -> models.LoggedIn:
        """Exchange a refresh token for new tokens; each can be used once."""
        answer: models.LoggedIn = await self._call("POST", "/api/auth/refresh", body=body)
        return answer

    async def regenerate_plan(self, project_id: str) -> models.PlanReport:
        """Plan the sample again."""
        answer: models.PlanReport = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/plan/regenerate"
        )
        return answer

    async def regenerate_video(
        self, project_id: str, body: models.Regenerate | None = None
    ) -> models.Generation:
        """Make the video again; unchanged clips are reused."""
        answer: models.Generation = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/regenerate", body=body
        )
        return answer

    async def register_account(self, body: models.RegisterAccount) -> models.AccountRegistered:
        """Create an account."""
        answer: models.AccountRegistered = await self._call("POST", "/api/auth/register", body=body)
        return answer

    async def reinstate_user(self, user_id: str) -> models.ManagedUser:
        """End the suspension of a user (administrators)."""
        answer: models.ManagedUser = await self._call(
            "POST", f"/api/admin/users/{_quoted(user_id)}/reinstate"
        )
        return answer

    async def reject_report(
        self, report_id: str, body: models.ReportDecision | None = None
    ) -> models.ReportDetails:
        """Close a report without a withdrawal (operators)."""
        answer: models.ReportDetails = await self._call(
            "POST", f"/api/reports/{_quoted(report_id)}/reject", body=body
        )
        return answer

    async def release_quarantined_file(self, file_id: str) -> models.UploadedFile:
        """Release a quarantined file to its session, re-encoded."""
        answer: models.UploadedFile = await self._call(
            "POST", f"/quarantine/{_quoted(file_id)}/release"
        )
        return answer

    async def remove_identity(
        self, identity_id: str, body: models.AccountProof | None = None
    ) -> None:
        """Disconnect a sign-in with another provider, unless it is the only way to sign in."""
        await self._call("DELETE", f"/api/auth/identities/{_quoted(identity_id)}", body=body)

    async def remove_passkey(
        self, passkey_id: str, body: models.AccountProof | None = None
    ) -> None:
        """Remove a passkey, unless it is the only way to sign in."""
        await self._call("DELETE", f"/api/auth/passkeys/{_quoted(passkey_id)}", body=body)

    async def remove_totp(self, body: models.AccountCode) -> None:
        """Remove the authenticator app and the recovery codes."""
        await self._call("DELETE", "/api/auth/totp", body=body)

    async def remove_totp_of_user(self, user_id: str) -> None:
        """Remove the second factor of a user who has lost it (administrators)."""
        await self._call("DELETE", f"/api/admin/users/{_quoted(user_id)}/totp")

    async def rename_image(self, image_id: str, body: models.RenameItem) -> models.Image:
        """Change the name of a picture."""
        answer: models.Image = await self._call(
            "PATCH", f"/api/images/{_quoted(image_id)}", body=body
        )
        return answer

    async def rename_job(self, job_id: str, body: models.ChangeTitle) -> models.LibraryJob:
        """Change the title of a job."""
        answer: models.LibraryJob = await self._call(
            "PATCH", f"/api/jobs/{_quoted(job_id)}", body=body
        )
        return answer

    async def rename_passkey(
        self, passkey_id: str, body: models.RenamePasskey
    ) -> models.OnePasskey:
        """Rename a passkey."""
        answer: models.OnePasskey = await self._call(
            "PATCH", f"/api/auth/passkeys/{_quoted(passkey_id)}", body=body
        )
        return answer

    async def rename_upload(self, upload_id: str, body: models.ChangeTitle) -> models.LibraryUpload:
        """Change the title of an upload."""
        answer: models.LibraryUpload = await self._call(
            "PATCH", f"/api/uploads/{_quoted(upload_id)}", body=body
        )
        return answer

    async def rename_voice(
        self, voice_id: str, body: models.ChangeRecording
    ) -> models.LibraryVoice:
        """Change the name of a recording, or keep a part of it only."""
        answer: models.LibraryVoice = await self._call(
            "PATCH", f"/api/voices/{_quoted(voice_id)}", body=body
        )
        return answer

    async def replace_recovery_codes(
        self, body: models.AccountProof | None = None
    ) -> models.RecoveryCodes:
        """Replace the recovery codes; they are shown once."""
        answer: models.RecoveryCodes = await self._call(
            "POST", "/api/auth/totp/recovery-codes", body=body
        )
        return answer

    async def replay_messages(
        self, webhook_id: str, body: models.ReplayMessages
    ) -> models.MessagesReplayed:
        """Send what a webhook has not accepted since a time."""
        answer: models.MessagesReplayed = await self._call(
            "POST", f"/api/webhooks/{_quoted(webhook_id)}/replay", body=body
        )
        return answer

    async def request_image_review(self, image_id: str, body: models.AppealImage) -> models.Image:
        """Ask an operator to look at a rejected picture again, once."""
        answer: models.Image = await self._call(
            "POST", f"/api/images/{_quoted(image_id)}/appeal", body=body
        )
        return answer

    async def request_password_reset(self, body: models.RequestPasswordReset) -> None:
        """Send a link to choose a new password, if the address has an account."""
        await self._call("POST", "/api/auth/password/forgot", body=body)

    async def resend_verification(self) -> None:
        """Send the link to verify the mail address again."""
        await self._call("POST", "/api/auth/verify/resend")

    async def reset_password(self, body: models.ResetPassword) -> None:
        """Choose a new password with the token of a link; all sign-ins end."""
        await self._call("POST", "/api/auth/password/reset", body=body)

    async def resolve_provider_call(self, call_id: str, body: models.Resolution) -> models.Call:
        """Say what became of a purchase of which nothing is known (operators)."""
        answer: models.Call = await self._call(
            "POST", f"/api/provider-calls/{_quoted(call_id)}/resolve", body=body
        )
        return answer

    async def restore_plan(self, project_id: str, body: models.RestorePlan) -> models.PlanReport:
        """Make an earlier revision of the plan the latest one."""
        answer: models.PlanReport = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/plan/restore", body=body
        )
        return answer

    async def resume_worker(self, name: str) -> models.Workers:
        """Resume a drained worker."""
        answer: models.Workers = await self._call("POST", f"/workers/{_quoted(name)}/resume")
        return answer

    async def retry_dead_letter(self, letter_id: str) -> models.DeadLetterDetails:
        """Retry a dead letter; a job that failed because of it is retried too."""
        answer: models.DeadLetterDetails = await self._call(
            "POST", f"/dead-letters/{_quoted(letter_id)}/retry"
        )
        return answer

    async def retry_job(self, job_id: str) -> models.JobReport:
        """Retry a failed or cancelled job from the step that failed."""
        answer: models.JobReport = await self._call("POST", f"/process/{_quoted(job_id)}/retry")
        return answer

    async def revoke_consent(self, consent_id: str) -> models.ConsentRecord:
        """Revoke a consent; jobs that used it are cancelled and their files blocked."""
        answer: models.ConsentRecord = await self._call(
            "POST", f"/api/consents/{_quoted(consent_id)}/revoke"
        )
        return answer

    async def revoke_invitation(self, invitation_id: str) -> None:
        """Revoke an invitation that was not used (administrators)."""
        await self._call("DELETE", f"/api/admin/invitations/{_quoted(invitation_id)}")

    async def revoke_key(self, key_id: str) -> None:
        """Revoke an API key; it ends at once."""
        await self._call("DELETE", f"/api/keys/{_quoted(key_id)}")

    async def rotate_key(
        self, key_id: str, body: models.RotateApiKey | None = None
    ) -> models.ApiKeyWithText:
        """Replace an API key; the former one stays valid for the overlap."""
        answer: models.ApiKeyWithText = await self._call(
            "POST", f"/api/keys/{_quoted(key_id)}/rotate", body=body
        )
        return answer

    async def rotate_webhook_secret(self, webhook_id: str) -> models.WebhookWithSecret:
        """Replace the secret of a webhook; the former one signs too for 24 hours."""
        answer: models.WebhookWithSecret = await self._call(
            "POST", f"/api/webhooks/{_quoted(webhook_id)}/rotate-secret"
        )
        return answer

    async def send_chat_message(
        self, project_id: str, body: models.SendMessage
    ) -> models.ChatAnswer:
        """Say what to change of the plan; with `Accept: text/event-stream` as a stream."""
        answer: models.ChatAnswer = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/chat", body=body
        )
        return answer

    async def set_budget(self, body: models.SetBudget) -> models.Budget:
        """Set a budget of your account, an API key or a project of yours, by day or month."""
        answer: models.Budget = await self._call("PUT", "/api/budgets", body=body)
        return answer

    async def set_feedback(self, job_id: str, body: models.SetFeedback) -> models.Feedback:
        """Rate a job of yours that has ended; sending it again replaces the former feedback."""
        answer: models.Feedback = await self._call(
            "POST", f"/process/{_quoted(job_id)}/feedback", body=body
        )
        return answer

    async def set_model(self, body: models.NewModel) -> models.VideoModel:
        """Add a hosted video model, or change one (operators)."""
        answer: models.VideoModel = await self._call("POST", "/api/models", body=body)
        return answer

    async def set_moderation(
        self, image_id: str, body: models.ModerationDecision
    ) -> models.ModeratedImage:
        """Approve or reject a picture, whether it waits or not."""
        answer: models.ModeratedImage = await self._call(
            "POST", f"/moderation/{_quoted(image_id)}", body=body
        )
        return answer

    async def set_plan(
        self, project_id: str, body: models.PutPlan, *, if_match: str
    ) -> models.PlanReport:
        """Replace the plan by a changed one."""
        answer: models.PlanReport = await self._call(
            "PUT",
            f"/api/projects/{_quoted(project_id)}/plan",
            headers={"If-Match": if_match},
            body=body,
        )
        return answer

    async def show_public_image(self, public_id: str) -> bytes:
        """Get a picture or a recording that its owner has made public."""
        answer: bytes = await self._call("GET", f"/i/{_quoted(public_id)}", binary=True)
        return answer

    async def sign_in_operator(self, body: models.OperatorSignIn) -> models.OperatorSignedIn:
        """Sign a browser in with a link's code or the operator token."""
        answer: models.OperatorSignedIn = await self._call("POST", "/operate/sign-in", body=body)
        return answer

    async def sign_in_with_passkey(self, body: models.PasskeySignIn) -> models.LoggedIn:
        """Sign in with a passkey that has verified the person, without a password."""
        answer: models.LoggedIn = await self._call("POST", "/api/auth/passkeys/sign-in", body=body)
        return answer

    async def sign_out_operator(self) -> None:
        """Sign a browser out."""
        await self._call("POST", "/operate/sign-out")

    async def start_batch(
        self, batch_id: str, body: models.StartBatch | None = None
    ) -> models.Batch:
        """Confirm the quote and make the videos; resumes a paused batch, and failed videos."""
        answer: models.Batch = await self._call(
            "POST", f"/api/batches/{_quoted(batch_id)}/start", body=body
        )
        return answer

    async def start_job(
        self,
        body: models.StartJob,
        *,
        idempotency_key: str | None = None,
        prefer: str | None = None,
    ) -> models.JobStarted | models.JobReport:
        """Start a job."""
        answer: models.JobStarted | models.JobReport = await self._call(
            "POST",
            "/process/start",
            headers={"Idempotency-Key": idempotency_key, "Prefer": prefer},
            body=body,
        )
        return answer

    async def start_provider_sign_up(
        self, provider: str, body: models.StartProviderSignUp
    ) -> models.ProviderSignUpStarted:
        """Sign up with an invitation: get the provider's page to send the browser to."""
        answer: models.ProviderSignUpStarted = await self._call(
            "POST", f"/api/auth/{_quoted(provider)}/start", body=body
        )
        return answer

    async def suspend_user(self, user_id: str) -> models.UserSuspended:
        """Suspend a user: all tokens end, open jobs are cancelled (administrators)."""
        answer: models.UserSuspended = await self._call(
            "POST", f"/api/admin/users/{_quoted(user_id)}/suspend"
        )
        return answer

    async def test_webhook(self, webhook_id: str) -> models.WebhookDelivery:
        """Send a test message to a webhook."""
        answer: models.WebhookDelivery = await self._call(
            "POST", f"/api/webhooks/{_quoted(webhook_id)}/test"
        )
        return answer

    async def unsubscribe(self, token: str) -> None:
        """End a kind of mails with the link of one of them (RFC 8058)."""
        await self._call("POST", f"/api/mails/unsubscribe/{_quoted(token)}")

    async def upload_character(self, project_id: str, body: models.UseUpload) -> models.Project:
        """Upload a picture of the character, or use a finished upload."""
        answer: models.Project = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/upload-character", body=body
        )
        return answer

    async def upload_project_audio(self, project_id: str, body: models.UseUpload) -> models.Project:
        """Upload music, or a recording of a voice (`role`), or use a finished upload."""
        answer: models.Project = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/upload-audio", body=body
        )
        return answer

    async def upload_sample(self, project_id: str, body: models.UseUpload) -> models.Project:
        """Upload the sample video, or use a finished upload."""
        answer: models.Project = await self._call(
            "POST", f"/api/projects/{_quoted(project_id)}/upload-sample", body=body
        )
        return answer

    async def verify_address(self, body: models.OneTimeToken) -> models.Account:
        """Verify a mail address with the token of a link."""
        answer: models.Account = await self._call("POST", "/api/auth/verify", body=body)
        return answer

    async def withdraw_consent(
        self, session_id: str, body: models.WithdrawConsent | None = None
    ) -> models.SessionStatus:
        """Withdraw a person's consent; jobs are cancelled and downloads blocked."""
        answer: models.SessionStatus = await self._call(
            "POST", f"/session/{_quoted(session_id)}/consent/withdraw", body=body
        )
        return answer

    async def withdraw_image_from_public(self, image_id: str) -> models.Image:
        """Take the public address of a picture away."""
        answer: models.Image = await self._call("DELETE", f"/api/images/{_quoted(image_id)}/public")
        return answer

    async def withdraw_reported(
        self, report_id: str, body: models.ReportWithdrawal | None = None
    ) -> models.ReportDetails:
        """Withdraw the reported videos and block what they were made from (operators)."""
        answer: models.ReportDetails = await self._call(
            "POST", f"/api/reports/{_quoted(report_id)}/withdraw", body=body
        )
        return answer

    async def withdraw_voice_from_public(self, voice_id: str) -> models.LibraryVoice:
        """Take the public address of a recording away."""
        answer: models.LibraryVoice = await self._call(
            "DELETE", f"/api/voices/{_quoted(voice_id)}/public"
        )
        return answer


def _quoted(part: str) -> str:
    return quote(part, safe="")
