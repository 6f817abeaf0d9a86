//! What a room is about: TOPIC. A new topic is written down first and spoken then, and
//! whoever is behind meanwhile is told it when they have caught up.

use super::entering::Written;
use super::room::RoomId;
use super::{Effects, Hub, SessionId, words};
use crate::protocol::line;
use crate::protocol::{Code, Now, RoomName, RoomRequest, Text, Topic};

impl Hub {
    /// `TOPIC #room [:<text>]`
    pub(super) fn topic(
        &mut self,
        now: Now,
        id: SessionId,
        room: RoomName,
        text: Option<&Text<'_>>,
        fx: &mut Effects,
    ) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        let Some(room_id) = self.rooms.find(&room) else {
            let text = words::no_such_room(self.slash(id));
            return self.fail(id, "TOPIC", Code::NoSuchRoom, &text, fx);
        };
        let (Some(text), Some(by)) = (text, s.name) else {
            return self.say_topic(id, room_id, fx);
        };
        let room = self.rooms.get(room_id);
        if !self.may_set_topic(s) {
            let slash = self.slash(id);
            let text = format!(
                "the topic of {0} is for operators to set; type {slash}TOPIC {0} to see it",
                room.name
            );
            return self.fail(id, "TOPIC", Code::NotAllowed, &text, fx);
        }
        let room = self.rooms.get(room_id).name;
        let text = if text.is_blank() { "" } else { text.as_str() };
        let topic = Topic { text: text.into(), by, at: now.wall };
        let request = RoomRequest::SetTopic { room, topic: topic.clone() };
        let limits = &self.settings.limits;
        let (rate, burst) = (limits.message_rate, limits.message_burst);
        if let Some(s) = self.sessions.get_mut(id) {
            // `admits` has let it in, so there is budget.
            let _ = s.rate.take(now.mono_ms, rate, burst);
        }
        self.write_down(id, Written::Topic(room_id, topic), request, fx);
    }

    /// A topic is written down.
    pub(super) fn topic_set(
        &mut self,
        id: SessionId,
        room_id: RoomId,
        topic: Topic,
        fx: &mut Effects,
    ) {
        self.topics_set += 1;
        let room = self.rooms.get_mut(room_id);
        room.topic = Some(topic);
        room.topic_number = self.topics_set;
        if self.sessions.get(id).is_some() {
            self.say_topic(id, room_id, fx);
        }
        let room = self.rooms.get(room_id);
        fx.announce(room_id, |o| room.write_topic(o));
        self.finish(id, fx);
    }

    fn say_topic(&self, id: SessionId, room_id: RoomId, fx: &mut Effects) {
        let room = self.rooms.get(room_id);
        fx.send(id, |o| {
            line::ok(o, "TOPIC", format_args!("{} :{}", room.name, room.topic()));
        });
    }

    /// The topics that were set in a session's rooms since it fell behind, when so many
    /// had been set in all.
    pub(super) fn missed_topics(&self, id: SessionId, since: u64, fx: &mut Effects) {
        if let Some(s) = self.sessions.get(id) {
            let rooms = s.rooms.as_slice().iter().map(|room| self.rooms.get(*room));
            let missed = rooms.filter(|room| room.topic_number > since);
            fx.send(id, |o| missed.for_each(|room| room.write_topic(o)));
        }
    }
}
